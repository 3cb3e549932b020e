package inventory_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
)

const (
	member = "100000000001"
	other  = "100000000002"
	deps   = ":layer:deps:"
)

func at(account, region string) fleet.Pair { return fleet.Pair{AccountID: account, Region: region} }

func function(p fleet.Pair, name string, layers ...string) fleet.Function {
	return fleet.Function{
		Pair: p, Name: name, ARN: "arn:aws:lambda:" + p.Region + ":" + p.AccountID + ":function:" + name,
		Version: "$LATEST", Runtime: "python3.12", Layers: append([]string{}, layers...),
	}
}

func version(region, rest string) string { return "arn:aws:lambda:" + region + ":" + management + rest }

// covered is a small organization in which everything can be seen.
func covered(t *testing.T) *cloud {
	t.Helper()
	here, there := "us-east-1", "eu-west-1"
	c := &cloud{
		t:          t,
		accounts:   map[string]string{management: "ACTIVE", member: "ACTIVE", other: "ACTIVE"},
		regions:    []string{here, there},
		extra:      map[string][]string{},
		aggregator: []string{"organization"},
		status:     map[fleet.Pair]string{}, recorder: map[fleet.Pair]string{}, noRole: map[string]bool{}, deny: map[string]bool{},
		calls: map[string]int{},
		functions: map[fleet.Pair][]fleet.Function{
			at(member, here): {
				function(at(member, here), "b", version(here, ":layer:certs:1"), version(here, deps+"3")),
				function(at(member, here), "c", version(here, deps+"4")),
				function(at(member, here), "none"),
			},
			at(member, there):   {function(at(member, there), "a", version(there, deps+"3"))},
			at(other, here):     {function(at(other, here), "d", version(here, ":layer:certs:2"))},
			at(management, "x"): nil,
		},
	}
	image := function(at(other, there), "image")
	image.Runtime = ""
	c.functions[at(other, there)] = []fleet.Function{image}
	return c
}

func ask(t *testing.T, c *cloud, r inventory.Request) (*inventory.Findings, error) {
	t.Helper()
	a, err := c.open()
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Find(t.Context(), a, r)
}

func selector(t *testing.T, text string, olderThan int64) layer.Selector {
	t.Helper()
	s, err := layer.ParseSelector(text, olderThan)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBothSourcesGiveTheSameAnswer(t *testing.T) {
	tests := []struct {
		name, layer string
		olderThan   int64
		scope       inventory.Scope
		want        []string // functions, in order
	}{
		{name: "all", want: []string{"a", "b", "c", "d"}},
		{name: "by name", layer: "deps", want: []string{"a", "b", "c"}},
		{name: "older", layer: "deps", olderThan: 4, want: []string{"a", "b"}},
		{name: "by layer", layer: version("us-east-1", ":layer:deps"), want: []string{"b", "c"}},
		{name: "by version", layer: version("us-east-1", deps+"3"), want: []string{"b"}},
		{name: "one Region", layer: "deps", scope: inventory.Scope{Regions: []string{"eu-west-1"}}, want: []string{"a"}},
		{name: "one account", scope: inventory.Scope{Selection: org.Selection{Accounts: []string{other}}}, want: []string{"d"}},
		{name: "unknown", layer: "nope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := covered(t)
			r := inventory.Request{Scope: tt.scope, Layers: selector(t, tt.layer, tt.olderThan), Source: inventory.Aggregator}
			recorded, err := ask(t, c, r)
			if err != nil {
				t.Fatal(err)
			}
			r.Source = inventory.Scan
			scanned, err := ask(t, c, r)
			if err != nil {
				t.Fatal(err)
			}
			recorded.Names, scanned.Names = nil, nil
			if diff := cmp.Diff(recorded, scanned); diff != "" {
				t.Errorf("aggregator and scan differ (-aggregator +scan):\n%s", diff)
			}
			var names []string
			for _, f := range scanned.Functions {
				names = append(names, f.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Error(diff)
			}
			if !scanned.Coverage.Complete() {
				t.Errorf("coverage is %+v", scanned.Coverage)
			}
		})
	}
}

func TestMatchedLayersKeepTheirOrder(t *testing.T) {
	got, err := ask(t, covered(t), inventory.Request{Layers: selector(t, "deps", 4), Source: inventory.Aggregator})
	if err != nil {
		t.Fatal(err)
	}
	here := "us-east-1"
	want := inventory.Match{
		Function: function(at(member, here), "b", version(here, ":layer:certs:1"), version(here, deps+"3")),
		Matched:  []string{version(here, deps+"3")},
	}
	if diff := cmp.Diff(want, got.Functions[1]); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsCoveredByAbsence(t *testing.T) {
	p := at(member, "us-east-1")
	both := []fleet.Pair{at(member, "eu-west-1"), at(member, "us-east-1")}
	tests := []struct {
		name    string
		trouble func(*cloud)
		scope   inventory.Scope
		reason  fleet.Code
		pairs   []fleet.Pair // nil for p alone
		scan    bool         // a scan does not see it either
	}{
		{name: "no recorder", trouble: func(c *cloud) { c.recorder[p] = "none" }, reason: fleet.NoRecorder},
		{name: "stopped", trouble: func(c *cloud) { c.recorder[p] = "stopped" }, reason: fleet.RecorderStopped},
		{name: "failing", trouble: func(c *cloud) { c.recorder[p] = "failing" }, reason: fleet.RecorderFailing},
		{name: "daily", trouble: func(c *cloud) { c.recorder[p] = "daily" }, reason: fleet.RecorderDaily},
		{name: "partial", trouble: func(c *cloud) { c.recorder[p] = "partial" }, reason: fleet.RecorderPartial},
		{name: "failed source", trouble: func(c *cloud) { c.status[p] = "FAILED" }, reason: fleet.SourceFailed},
		{name: "outdated source", trouble: func(c *cloud) { c.status[p] = "OUTDATED" }, reason: fleet.SourceOutdated},
		{name: "not a source", trouble: func(c *cloud) { c.status[p] = "absent" }, reason: fleet.NotAggregated},
		{name: "no role", trouble: func(c *cloud) { c.noRole[member] = true }, reason: fleet.RoleDenied, pairs: both, scan: true},
		{name: "suspended", trouble: func(c *cloud) { c.accounts[member] = "SUSPENDED" }, reason: fleet.AccountSuspended, pairs: both, scan: true},
		{name: "closed", trouble: func(c *cloud) { c.accounts[member] = "CLOSED" }, reason: fleet.AccountSuspended, pairs: both, scan: true},
		{name: "pending", trouble: func(c *cloud) { c.accounts[member] = "PENDING_ACTIVATION" }, reason: fleet.AccountPending, pairs: both, scan: true},
		{name: "recorder unreadable", trouble: func(c *cloud) { c.deny["DescribeConfigurationRecorders "+member] = true }, reason: fleet.RoleDenied, pairs: both},
		{
			name: "opted into by one account alone", trouble: func(c *cloud) { c.extra[member] = []string{"af-south-1"} },
			reason: fleet.NotAggregated, pairs: []fleet.Pair{at(member, "af-south-1")},
		},
		{
			name: "Region not enabled", trouble: func(*cloud) {}, scope: inventory.Scope{
				Selection: org.Selection{Accounts: []string{member}}, Regions: []string{"us-east-1", "ap-east-1"},
			},
			reason: fleet.RegionNotEnabled, pairs: []fleet.Pair{at(member, "ap-east-1")}, scan: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := covered(t)
			tt.trouble(c)
			want := tt.pairs
			if want == nil {
				want = []fleet.Pair{p}
			}
			for _, source := range []inventory.Source{inventory.Aggregator, inventory.Scan} {
				found, err := ask(t, c, inventory.Request{Scope: tt.scope, Source: source})
				if err != nil {
					t.Fatal(err)
				}
				var pairs []fleet.Pair
				for _, n := range found.Coverage.NotCovered {
					pairs = append(pairs, n.Pair)
					if n.Code != tt.reason {
						t.Errorf("%s: %s is %s, want %s", source, n.Pair, n.Code, tt.reason)
					}
				}
				if source == inventory.Scan && !tt.scan {
					want = nil
				}
				if diff := cmp.Diff(want, pairs); diff != "" {
					t.Errorf("%s: %s", source, diff)
				}
				if n := found.Coverage; n.Covered+len(n.NotCovered) != n.Pairs {
					t.Errorf("the counts do not add up: %+v", n)
				}
			}
		})
	}
}

func TestScanNotesARefusedPair(t *testing.T) {
	c := covered(t)
	c.deny["/2015-03-31/functions "+other] = true
	found, err := ask(t, c, inventory.Request{Source: inventory.Scan})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range found.Coverage.NotCovered {
		if n.AccountID != other || n.Code != fleet.RoleDenied || !strings.Contains(n.Detail, "no /2015-03-31/functions for you") {
			t.Errorf("got %+v", n)
		}
	}
	if n := len(found.Coverage.NotCovered); n != 2 {
		t.Errorf("%d pairs are not covered, want 2", n)
	}
}

func TestRegionsThatCannotBeReadAreNoted(t *testing.T) {
	c := covered(t)
	c.deny["/listRegions "+member] = true
	found, err := ask(t, c, inventory.Request{Source: inventory.Scan})
	if err != nil || len(found.Notes) > 0 {
		t.Fatalf("the organization's side was not asked: %v, %v", found, err)
	}
	c.noTrust = true
	found, err = ask(t, c, inventory.Request{Source: inventory.Scan})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Notes) != 1 || !strings.Contains(found.Notes[0], member) || !found.Coverage.Complete() {
		t.Errorf("got %+v", found)
	}
	found, err = ask(t, c, inventory.Request{Source: inventory.Scan, Scope: inventory.Scope{Regions: []string{"eu-west-1"}}})
	if err != nil || len(found.Notes) > 0 {
		t.Errorf("Regions that were named are no assumption: %v, %v", found, err)
	}
}

func TestBadQuestions(t *testing.T) {
	tests := []struct {
		name    string
		trouble func(*cloud)
		layer   string
		ask     inventory.Request
		want    string
		denied  bool
	}{
		{name: "no aggregator", trouble: func(c *cloud) { c.aggregator = nil }, want: "no aggregator in account"},
		{name: "several aggregators", trouble: func(c *cloud) { c.aggregator = []string{"a", "b"} }, want: "several"},
		{name: "aggregator of another name", ask: inventory.Request{Aggregator: "nope"}, want: `no aggregator "nope"`},
		{name: "other partition", layer: "arn:aws-cn:lambda:cn-north-1:100000000000:layer:deps:1", want: "partition aws-cn"},
		{name: "Region that nobody has", layer: "arn:aws:lambda:ap-east-1:100000000000:layer:deps:1", want: "not enabled"},
		{name: "Region not asked about", layer: version("us-east-1", deps+"1"), ask: inventory.Request{Scope: inventory.Scope{Regions: []string{"eu-west-1"}}}, want: "not among those"},
		{name: "no Region's name", ask: inventory.Request{Scope: inventory.Scope{Regions: []string{"europe"}}}, want: "not the name"},
		{name: "unknown account", ask: inventory.Request{Scope: inventory.Scope{Selection: org.Selection{Accounts: []string{"999999999999"}}}}, want: "not in the organization"},
		{name: "denied at the start", trouble: func(c *cloud) { c.deny["ListAccounts"] = true }, want: "ListAccounts", denied: true},
		{name: "denied aggregator", trouble: func(c *cloud) { c.deny["SelectAggregateResourceConfig"] = true }, want: "querying", denied: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := covered(t)
			if tt.trouble != nil {
				tt.trouble(c)
			}
			tt.ask.Source, tt.ask.Layers = inventory.Aggregator, selector(t, tt.layer, 0)
			_, err := ask(t, c, tt.ask)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error is %v, want %q", err, tt.want)
			}
			if errors.Is(err, access.ErrDenied) != tt.denied {
				t.Errorf("denied at the start is %v for %v", !tt.denied, err)
			}
		})
	}
}

func TestExactVersionsAreLookedForByTheAggregator(t *testing.T) {
	c := covered(t)
	if _, err := ask(t, c, inventory.Request{Layers: selector(t, version("us-east-1", deps+"3"), 0), Source: inventory.Aggregator}); err != nil {
		t.Fatal(err)
	}
	if want := "AND awsRegion = 'us-east-1' AND configuration.layers.arn = '" + version("us-east-1", deps+"3") + "'"; !strings.HasSuffix(c.asked[0], want) {
		t.Errorf("expression is %s", c.asked[0])
	}
}

func TestExpressionsStayShort(t *testing.T) {
	c := covered(t)
	var ids []string
	for i := range 400 {
		id := strconv.Itoa(200000000000 + i)
		c.accounts[id] = "ACTIVE"
		ids = append(ids, id)
	}
	if _, err := ask(t, c, inventory.Request{Scope: inventory.Scope{Selection: org.Selection{Accounts: ids}}, Source: inventory.Aggregator}); err != nil {
		t.Fatal(err)
	}
	if n := len(c.asked[0]); n > 4096 {
		t.Errorf("the expression has %d characters", n)
	}
}
