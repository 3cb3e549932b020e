package inventory_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
)

// cloud is as much of AWS as an inventory asks for, with the troubles that a test
// puts in. Access keys are "AKIA" and the account id.
type cloud struct {
	t          *testing.T
	accounts   map[string]string // id → state
	regions    []string          // enabled in every account
	extra      map[string][]string
	functions  map[fleet.Pair][]fleet.Function
	aggregator []string
	status     map[fleet.Pair]string // of collecting; SUCCEEDED where absent
	recorder   map[fleet.Pair]string // "none", "stopped", "failing", "daily", "partial"
	noRole     map[string]bool
	deny       map[string]bool   // "OPERATION" or "OPERATION ACCOUNT"
	noTrust    bool              // no trusted access for Account Management
	teams      map[string]string // function name → value of the tag "team"

	mu    sync.Mutex
	calls map[string]int
	asked []string // expressions
}

const management = "100000000000"

var scope = regexp.MustCompile(`Credential=AKIA([0-9]{12})/[0-9]+/([a-z0-9-]+)/([a-z]+)/`)

func (c *cloud) open() (*access.Access, error) {
	server := httptest.NewServer(c)
	c.t.Cleanup(server.Close)
	return access.Open(c.t.Context(), access.Settings{
		Endpoint: server.URL, Region: "us-east-1", Speed: 1000,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA"+management, "secret", ""),
	})
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if who == nil {
		c.t.Errorf("unsigned request: %s %s", r.Method, r.URL)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var in map[string]any
	op := r.Header.Get("X-Amz-Target")
	if _, name, ok := strings.Cut(op, "."); ok {
		op = name
		_ = json.Unmarshal(body, &in)
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		op = form.Get("Action")
		in = map[string]any{"RoleArn": form.Get("RoleArn")}
	} else {
		op = r.URL.Path
		_ = json.Unmarshal(body, &in)
		if in == nil {
			in = map[string]any{}
		}
		in["Marker"], in["FunctionVersion"] = r.URL.Query().Get("Marker"), r.URL.Query().Get("FunctionVersion")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[op]++
	p := fleet.Pair{AccountID: who[1], Region: who[2]}
	_, foreign := in["AccountId"]
	if c.deny[op] || c.deny[op+" "+p.AccountID] || op == "/listRegions" && foreign && c.noTrust {
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"__type":"AccessDeniedException","message":"no %s for you"}`, op)
		return
	}
	c.answer(w, p, op, in)
}

func (c *cloud) answer(w http.ResponseWriter, p fleet.Pair, op string, in map[string]any) {
	var out any
	switch op {
	case "GetCallerIdentity":
		fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account><Arn>arn:aws:iam::%s:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`, p.AccountID, p.AccountID)
		return
	case "AssumeRole":
		account := strings.Split(in["RoleArn"].(string), ":")[4]
		if c.noRole[account] {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKIA%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, account)
		return
	case "DescribeOrganization":
		out = map[string]any{"Organization": map[string]any{"Id": "o-1", "MasterAccountId": management}}
	case "ListAccounts":
		var list []any
		for id, state := range c.accounts {
			list = append(list, map[string]any{"Id": id, "State": state})
		}
		out = map[string]any{"Accounts": list}
	case "/listRegions":
		id := p.AccountID
		if named, ok := in["AccountId"].(string); ok {
			id = named
		}
		var list []any
		for _, r := range append(slices.Clone(c.regions), c.extra[id]...) {
			list = append(list, map[string]any{"RegionName": r, "RegionOptStatus": "ENABLED"})
		}
		out = map[string]any{"Regions": list}
	case "DescribeConfigurationAggregators":
		var list []any
		for _, name := range c.aggregator {
			list = append(list, map[string]any{"ConfigurationAggregatorName": name})
		}
		out = map[string]any{"ConfigurationAggregators": list}
	case "DescribeConfigurationAggregatorSourcesStatus":
		out = map[string]any{"AggregatedSourceStatusList": c.sources()}
	case "SelectAggregateResourceConfig":
		c.asked = append(c.asked, in["Expression"].(string))
		out = c.selected(in)
	case "DescribeConfigurationRecorders":
		out = map[string]any{"ConfigurationRecorders": c.recorders(p)}
	case "DescribeConfigurationRecorderStatus":
		last := "Success"
		if c.recorder[p] == "failing" {
			last = "Failure"
		}
		out = map[string]any{"ConfigurationRecordersStatus": []any{map[string]any{
			"name": "default", "recording": c.recorder[p] != "stopped", "lastStatus": last, "lastErrorCode": "InsufficientDeliveryPolicy",
		}}}
	case "/2015-03-31/functions":
		out = c.listed(p, in["Marker"].(string), in["FunctionVersion"] == "ALL")
	default:
		c.t.Errorf("unexpected operation %s", op)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (c *cloud) sources() []any {
	var list []any
	for id := range c.accounts {
		for _, r := range c.regions {
			s := c.status[fleet.Pair{AccountID: id, Region: r}]
			switch s {
			case "absent":
				continue
			case "":
				s = "SUCCEEDED"
			}
			list = append(list, map[string]any{"SourceId": id, "SourceType": "ACCOUNT", "AwsRegion": r, "LastUpdateStatus": s})
		}
	}
	return list
}

func (c *cloud) recorders(p fleet.Pair) []any {
	group, mode := map[string]any{"allSupported": true}, map[string]any{"recordingFrequency": "CONTINUOUS"}
	linked := map[string]any{"name": "linked", "servicePrincipal": "securityhub.amazonaws.com"}
	switch c.recorder[p] {
	case "none":
		return []any{linked}
	case "daily":
		mode = map[string]any{"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []any{
			map[string]any{"resourceTypes": []any{"AWS::Lambda::Function"}, "recordingFrequency": "DAILY"},
		}}
	case "partial":
		group = map[string]any{"resourceTypes": []any{"AWS::EC2::Instance"}}
	}
	return []any{linked, map[string]any{"name": "default", "recordingGroup": group, "recordingMode": mode}}
}

// selected and listed give one function a page.
func (c *cloud) selected(in map[string]any) any {
	var rows []string
	for _, p := range slices.SortedFunc(maps.Keys(c.functions), fleet.Pair.Compare) {
		for _, f := range c.functions[p] {
			if f.Version != "$LATEST" {
				continue // AWS Config does not know them
			}
			layers, tags := []any{}, []any{}
			if team := c.teams[f.Name]; team != "" {
				tags = append(tags, map[string]any{"key": "team", "value": team, "tag": "team=" + team})
			}
			for _, l := range f.Layers {
				layers = append(layers, map[string]any{"arn": l})
			}
			configuration := map[string]any{"functionName": f.Name, "functionArn": f.ARN, "version": f.Version, "layers": layers}
			if f.Runtime != "" {
				configuration["runtime"] = f.Runtime
			}
			row, _ := json.Marshal(map[string]any{"accountId": p.AccountID, "awsRegion": p.Region, "resourceName": f.Name, "tags": tags, "configuration": configuration})
			rows = append(rows, string(row))
		}
	}
	page, next := page(rows, in["NextToken"])
	return map[string]any{"Results": page, "NextToken": next, "QueryInfo": map[string]any{"SelectFields": []any{map[string]any{"Name": "accountId"}}}}
}

func (c *cloud) listed(p fleet.Pair, marker string, all bool) any {
	var list []any
	for _, f := range c.functions[p] {
		switch {
		case all:
			f.ARN += ":" + f.Version
		case f.Version != "$LATEST":
			continue
		}
		var layers []any
		for _, l := range f.Layers {
			layers = append(layers, map[string]any{"Arn": l})
		}
		list = append(list, map[string]any{"FunctionName": f.Name, "FunctionArn": f.ARN, "Version": f.Version, "Runtime": f.Runtime, "Layers": layers})
	}
	page, next := page(list, marker)
	return map[string]any{"Functions": page, "NextMarker": next}
}

func page[T any](all []T, token any) ([]T, any) {
	at := 0
	if s, ok := token.(string); ok {
		at = len(s)
	}
	if at >= len(all) {
		return nil, nil
	}
	if at == len(all)-1 {
		return all[at:], nil
	}
	return all[at : at+1], strings.Repeat("x", at+1)
}
