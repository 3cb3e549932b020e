package runbook_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

// unhashed compares contents but for the hash, and moves as moves are compared.
var unhashed = cmp.Options{cmpopts.IgnoreFields(runbook.Content{}, "Hash"), cmp.Comparer(move.Move.Equal), cmpopts.EquateEmpty()}

func TestReadWhatWasRendered(t *testing.T) {
	got, err := runbook.Read(renderAll(t, whole()), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := whole()
	slices.Sort(want.Targets["us-east-1"].Units)
	if diff := cmp.Diff(want, got, unhashed); diff != "" {
		t.Errorf("read (-rendered +read):\n%s", diff)
	}
	if len(got.Revisions()) != 3 || got.Revisions()[1].Number != 2 {
		t.Errorf("revisions %+v", got.Revisions())
	}
	if again := renderAll(t, got); again != renderAll(t, whole()) {
		t.Errorf("rendered again (-first +again):\n%s", cmp.Diff(renderAll(t, whole()), again))
	}
}

// TestSame holds what the hash covers, and what it does not.
func TestSame(t *testing.T) {
	deployed, err := runbook.Read(renderAll(t, whole()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*runbook.Content)
		same   bool
	}{
		{name: "nothing", change: func(*runbook.Content) {}, same: true},
		{name: "revision", change: func(c *runbook.Content) { c.Number, c.At, c.By, c.Tool = 9, time.Now(), "somebody", "9.9" }, same: true},
		{name: "former revisions", change: func(c *runbook.Content) { c.Former = nil }, same: true},
		{name: "order", change: func(c *runbook.Content) { slices.Reverse(c.Moves) }, same: true},
		{name: "moves", change: func(c *runbook.Content) { c.Moves = c.Moves[:1] }},
		{name: "release", change: func(c *runbook.Content) { c.Moves[0].Release = "2.0.1" }},
		{name: "accepted", change: func(c *runbook.Content) { c.Moves[0].Accept.Architecture = true }},
		{name: "exempt tag", change: func(c *runbook.Content) { c.Moves[0].ExemptTag = "" }},
		{name: "detect only", change: func(c *runbook.Content) { c.Automatic = false }},
		{name: "targets", change: func(c *runbook.Content) { c.Targets = nil }},
		{name: "permission model", change: func(c *runbook.Content) { c.SelfManaged = false }},
		{name: "concurrency", change: func(c *runbook.Content) { c.Concurrency.Percent++ }},
		{name: "schedule", change: func(c *runbook.Content) { c.Schedule = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := whole()
			c.Moves = fleetMoves()
			tt.change(&c)
			if same, err := c.Same(deployed); err != nil || same != tt.same {
				t.Errorf("same is %v, %v", same, err)
			}
		})
	}
}

func TestReadStandalone(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		more           map[string]string
		want           move.Region
		change         func(*runbook.Content)
	}{
		{name: "one version", old: library + "5", new: library + "6", want: to(6, "", 5)},
		{name: "any version", old: strings.TrimSuffix(library, ":"), new: library + "6", want: to(6, "")},
		{name: "to itself", old: library + "6", new: library + "6", want: move.Region{New: move.Version{Number: 6}, Old: []int64{}}},
		{
			name: "everything", old: library + "5", new: library + "6", want: to(6, content, 5),
			more: map[string]string{
				runbook.ParameterSameVersion: "true", runbook.ParameterName: "mine", runbook.ParameterAutomatic: "false", runbook.ParameterExempt: "Keep",
				runbook.ParameterSchedule: "rate(1 day)", runbook.ParameterSHA256: content,
				runbook.ParameterAccept: "true", runbook.ParameterConcurrent: "3",
			},
			change: func(c *runbook.Content) {
				c.Everywhere, c.Name, c.Automatic, c.Schedule, c.Concurrency = true, "mine", false, "rate(1 day)", runbook.Concurrency{Percent: 3, PaceSeconds: 10}
				c.Moves[0].ExemptTag, c.Moves[0].Accept = "Keep", move.Accept{Architecture: true, Runtime: true}
			},
		},
		{
			name: "no exemptions", old: library + "5", new: library + "6", want: to(6, "", 5), more: map[string]string{runbook.ParameterExempt: ""},
			change: func(c *runbook.Content) { c.Moves[0].ExemptTag = "" },
		},
		{
			name: "two Regions, nothing", old: strings.Replace(library, "us-east-1", "eu-west-1", 1) + "5", new: library + "6",
			change: func(c *runbook.Content) { c.Moves = nil },
		},
	} {
		for _, body := range []string{standalone(t), kept(t, "standalone.yaml")} {
			t.Run(tt.name, func(t *testing.T) {
				parameters := map[string]string{runbook.ParameterOld: tt.old, runbook.ParameterNew: tt.new}
				for k, v := range tt.more {
					parameters[k] = v
				}
				got, err := runbook.Read(body, parameters)
				if err != nil {
					t.Fatal(err)
				}
				want := simple(of("library", map[string]move.Region{"us-east-1": tt.want}))
				want.ByHand = true
				if tt.change != nil {
					tt.change(&want)
				}
				if diff := cmp.Diff(want, got, unhashed); diff != "" {
					t.Errorf("read (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// kept is a template as layerfleet made it before templates had no parameters.
func kept(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "1.0", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadTables reads such sets, as CloudFormation gives them back, and brings them up to date.
func TestReadTables(t *testing.T) {
	missing := move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion}}
	also := to(6, "b25lIGNvbnRlbnQ=", 3, 5)
	also.Also = []int64{7}
	gov := of("observability", map[string]move.Region{"us-gov-west-1": to(12, "", 1)})
	gov.Layer.Partition, gov.ExemptTag = "aws-us-gov", "Keep"
	several := simple(
		of("common-runtime", map[string]move.Region{"us-east-1": to(6, content), "eu-west-1": to(4, content), "eu-central-1": missing, "ap-south-1": missing}),
		of("observability", map[string]move.Region{"us-east-1": also, "eu-central-1": to(9, "YW5vdGhlciBjb250ZW50", 8), "eu-west-1": missing, "ap-south-1": missing}),
	)
	several.Targets = map[string]runbook.Targets{
		"us-east-1": {Units: []string{"ou-a", "ou-b"}, Accounts: []string{"000000000012"}}, "eu-west-1": {Accounts: []string{"000000000013"}},
		"ap-south-1": {Units: []string{"r-root"}},
	}
	detect := simple(gov)
	detect.Name, detect.Automatic, detect.Schedule = "agents", false, "rate(1 day)"
	for _, tt := range []struct {
		file       string
		parameters map[string]string
		want       runbook.Content
	}{
		{file: "several.yaml", want: several, parameters: map[string]string{
			runbook.ParameterName: "layerfleet", runbook.ParameterAutomatic: "true", runbook.ParameterExempt: move.DefaultExemptTag, runbook.ParameterSchedule: "",
		}},
		{file: "detect.yaml", want: detect, parameters: map[string]string{
			runbook.ParameterName: "agents", runbook.ParameterAutomatic: "false", runbook.ParameterExempt: "Keep", runbook.ParameterSchedule: "rate(1 day)",
		}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			for _, body := range []string{kept(t, tt.file), strings.ReplaceAll(kept(t, tt.file), "\u2026", "?")} {
				got, err := runbook.Read(body, tt.parameters)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got, unhashed); diff != "" {
					t.Errorf("read (-want +got):\n%s", diff)
				}
				if same, err := got.Same(got); same || err != nil {
					t.Errorf("it is taken for one of today: %v", err)
				}
				again, err := runbook.Read(renderAll(t, got.Next(got.Revision)), nil)
				if err != nil {
					t.Fatal(err)
				}
				want := tt.want.Next(tt.want.Revision)
				want.Concurrency = runbook.ConcurrencyFor(0)
				if diff := cmp.Diff(want, again, unhashed); diff != "" {
					t.Errorf("brought up to date (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestReadForeign(t *testing.T) {
	replaces := map[string]string{runbook.ParameterOld: agent + "1", runbook.ParameterNew: library + "6"}
	for name, body := range map[string]string{
		"not YAML": "{", "text": "hello", "list": "[1]", "somebody's": "Resources: {}", "another layer": standalone(t),
		"numbers as keys": "Mappings: {Versions: [1]}",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := runbook.Read(body, replaces); !errors.Is(err, runbook.ErrForeign) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestReadDamaged(t *testing.T) {
	table, today := kept(t, "several.yaml"), renderAll(t, whole())
	at := strings.Index(today, "    State: |\n") + len("    State: |\n") + 6
	for _, tt := range []struct{ name, body, old, new string }{
		{"later version", today, `FormatVersion: "2.0"`, `FormatVersion: "3.0"`},
		{"not base64", today, today[at : at+4], "!!!!"},
		{"cut short", today, today[at : at+100], today[at : at+96]},
		{"number", table, `L0New: "6"`, `L0New: "six"`},
		{"missing number", table, `L0New: "6", `, ``},
		{"old number", table, `L1Old0: "3"`, `L1Old0: "-3"`},
		{"layer", table, `Name: "observability"`, `Name: "observ ability"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(tt.body, tt.old, tt.new, 1)
			if body == tt.body {
				t.Fatalf("%q is not there", tt.old)
			}
			if _, err := runbook.Read(body, nil); err == nil || errors.Is(err, runbook.ErrForeign) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// FuzzRead holds that what is read can be rendered and read again, without loss.
func FuzzRead(f *testing.F) {
	for _, c := range []runbook.Content{whole(), simple(fleetMoves()[0])} {
		text, err := runbook.Render(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, library+"5", library+"6")
	}
	for _, name := range []string{"several.yaml", "detect.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "1.0", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), library, library+"6")
	}
	f.Add("Metadata: {Layerfleet: {FormatVersion: '2.0'}}", library+"5", library+"6")
	f.Fuzz(func(t *testing.T, body, old, to string) {
		got, err := runbook.Read(body, map[string]string{runbook.ParameterOld: old, runbook.ParameterNew: to})
		if err != nil || len(got.Moves) == 0 {
			return
		}
		roundTrip(t, got)
	})
}

// FuzzRoundTrip holds that nothing is lost between writing and reading.
func FuzzRoundTrip(f *testing.F) {
	f.Add("layers", "2.0.0", "Keep", "us-east-1", "eu-west-1", int64(6), int64(5), int64(7), "python3.12", "arm64", "arn:by", "no version", 3, byte(7))
	f.Add("a-b", "", "", "us-gov-east-1", "us-gov-west-1", int64(1), int64(0), int64(0), "", "", "", "", 0, byte(0))
	f.Fuzz(func(t *testing.T, name, release, tag, one, two string, to, old, also int64, runtime, arch, by, why string, number int, flags byte) {
		m := move.Move{
			Layer: layer.ARN{Partition: layer.PartitionOf(one), Account: "100000000000", Name: "library"}, Release: release, ExemptTag: tag,
			Accept:  move.Accept{Architecture: flags&1 > 0, Runtime: flags&2 > 0},
			Regions: map[string]move.Region{two: {Reason: fleet.Reason{Code: fleet.NoVersionInRegion, Detail: why}}},
		}
		r := move.Region{New: move.Version{Number: to, SHA256: content, Runtimes: []string{runtime}, Architectures: []string{arch}}}
		if old > 0 {
			r.Old = []int64{old}
		}
		if also > 0 {
			r.Also = []int64{also}
		}
		m.Regions[one] = r
		c := runbook.Content{
			Name: name, SelfManaged: flags&4 > 0, NoRemediation: flags&8 > 0, Concurrency: runbook.ConcurrencyFor(int(to % 10_000)),
			Revision: runbook.Revision{Number: number, By: by, Tool: release, Moves: []move.Move{m}, Automatic: flags&24 == 0},
			Targets:  map[string]runbook.Targets{one: {Units: []string{by}, Accounts: []string{why}}},
		}
		c.Former = []runbook.Revision{c.Revision}
		roundTrip(t, c)
	})
}

func roundTrip(t *testing.T, c runbook.Content) {
	t.Helper()
	text, err := runbook.Render(c)
	if err != nil {
		return // it may say what no one renders
	}
	back, err := runbook.Read(text, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if again := renderAll(t, back); again != text {
		t.Fatalf("rendered again (-first +again):\n%s", cmp.Diff(text, again))
	}
	if same, err := c.Same(back); !same || err != nil {
		t.Fatalf("not the same: %v", err)
	}
	if text, err := json.Marshal(c); err != nil || strings.Contains(string(text), `\ufffd`) {
		return // JSON does not carry what is not UTF-8
	}
	if len(back.Moves) != len(c.Moves) || back.Number != c.Number || back.Automatic != c.Automatic || back.Name != c.Name || back.By != c.By {
		t.Fatalf("%+v\nbecame\n%+v", c, back)
	}
	for i, m := range move.Sorted(c.Moves) {
		if !m.Equal(back.Moves[i]) {
			t.Fatalf("%+v\nbecame\n%+v", m, back.Moves[i])
		}
	}
}
