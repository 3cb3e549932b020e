package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// needBotocore runs a Python program that imports botocore; without one the test is skipped, or fails where peers are
// required.
func needBotocore(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return out
	}
	missing := exec.CommandContext(t.Context(), "python3", "-c", "import botocore").Run()
	if missing == nil || os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
		t.Fatalf("python3 with botocore: %v\n%s", err, stderr.String())
	}
	t.Skipf("python3 with botocore is missing: %v", missing)
	return nil
}

// botocoreCall and botocoreAnswer are lines of testdata/otherend.py.
type (
	botocoreCall struct {
		Service  string            `json:"service"`  // as botocore names it
		Protocol string            `json:"protocol"` // one that the model has, or its first
		Op       string            `json:"op"`
		In       json.RawMessage   `json:"in"`
		Out      json.RawMessage   `json:"out"`
		Status   int               `json:"status"`
		Body     []byte            `json:"body"`
		Headers  map[string]string `json:"headers"`

		client *sdk
		codec  *Service
	}
	botocoreAnswer struct {
		Skipped     string
		Method, URL string
		Headers     map[string]string
		Body        []byte
		Known       json.RawMessage
		Differences []string
	}
)

// TestBotocore has botocore read an answer of every operation with every member set, and the codec read the request
// that botocore makes of every input.
func TestBotocore(t *testing.T) {
	var calls []botocoreCall
	var stdin bytes.Buffer
	for name, c := range sdks(t) {
		for protocol, codec := range botocoreProtocols(c.service) {
			for _, op := range c.operations() {
				if op == "InvokeAsync" || op == "InvokeWithResponseStream" {
					continue // streams
				}
				call := botocoreCall{Service: cmp.Or(botocoreNames[name], name), Protocol: protocol, Op: op, Headers: map[string]string{}, client: c, codec: codec}
				inType, outType := c.types(op)
				call.In = plainJSON(t, c, op, filled(inType, false))
				out := filled(outType, false)
				call.Out = plainJSON(t, c, op, out)
				w := httptest.NewRecorder()
				if err := codec.Encode(w, op, out, "request"); err != nil {
					t.Fatal(err)
				}
				call.Status, call.Body = w.Code, w.Body.Bytes()
				for h := range w.Header() {
					call.Headers[h] = w.Header().Get(h)
				}
				calls = append(calls, call)
				if err := json.NewEncoder(&stdin).Encode(call); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	answers := json.NewDecoder(bytes.NewReader(needBotocore(t, stdin.Bytes(), "testdata/otherend.py")))
	read, skipped := 0, 0
	for _, call := range calls {
		var a botocoreAnswer
		if err := answers.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Skipped != "" {
			skipped++
			continue
		}
		if len(a.Differences) > 0 {
			t.Errorf("%s %s %s: botocore reads the answer otherwise:\n%s", call.Service, call.Protocol, call.Op, strings.Join(a.Differences, "\n"))
		}
		checkBotocoreRequest(t, call.client, call.codec, call.Op, a)
		read++
	}
	t.Logf("%d operations pass through botocore both ways, %d are newer than its models", read, skipped)
	if read < 690 {
		t.Errorf("only %d operations, want 690 or more", read)
	}
}

// botocoreNames are the services whose name is not the signing name.
var botocoreNames = map[string]string{"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}

// botocoreProtocols are the codecs of a service by the names that botocore has for their protocols; no name is for the
// one that its model prefers.
func botocoreProtocols(s *Service) map[string]*Service {
	all := map[string]*Service{"": s}
	for _, o := range s.others {
		all[map[Protocol]string{JSON10: "json", Query: "query"}[o.Protocol]] = o
	}
	return all
}

func checkBotocoreRequest(t *testing.T, c *sdk, codec *Service, op string, a botocoreAnswer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), a.Method, a.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range a.Headers {
		r.Header.Set(k, v)
	}
	if codec.For(r) != codec {
		t.Errorf("%s %s: taken for protocol %d, is %d", codec.Name, op, codec.For(r).Protocol, codec.Protocol)
	}
	routed, err := codec.Route(r, a.Body)
	if err != nil || routed != op {
		t.Errorf("%s %s: routed to %q, %v", c.service.Name, op, routed, err)
		return
	}
	inType, _ := c.types(op)
	in := reflect.New(inType).Interface()
	if err := codec.Decode(op, r, a.Body, in); err != nil {
		t.Errorf("%s %s: %v", c.service.Name, op, err)
		return
	}
	// Scalars that are not behind a pointer come back as zero where botocore does not know them.
	want := reflect.New(inType).Interface()
	if err := c.service.DecodeJSON(op, a.Known, want); err != nil {
		t.Errorf("%s %s: %v", c.service.Name, op, err)
		return
	}
	if diff := gocmp.Diff(jsonValue(plainJSON(t, c, op, want)), jsonValue(plainJSON(t, c, op, in))); diff != "" {
		t.Errorf("%s %s (-botocore +codec):\n%s", c.service.Name, op, diff)
	}
}

func plainJSON(t *testing.T, c *sdk, op string, v any) []byte {
	t.Helper()
	data, err := c.service.EncodeJSON(op, v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// botocoreFacts prints what the models of botocore say about the services without schemas.
const botocoreFacts = `
import json, botocore.session
load = botocore.session.get_session().get_component('data_loader').load_service_model
facts = {}
for name in ('cloudformation', 'sts', 'iam', 'scheduler', 'account'):
    model = load(name, 'service-2')
    facts[name] = {'errors': {}, 'routes': {}, 'queries': {}}
    for key, shape in model['shapes'].items():
        if shape.get('exception') and 'httpStatusCode' in shape.get('error', {}):
            facts[name]['errors'][shape['error'].get('code', key)] = shape['error']['httpStatusCode']
    for key, op in model['operations'].items():
        facts[name]['routes'][key] = op['http']['method'] + ' ' + op['http']['requestUri']
        if 'input' in op:
            for member, ref in model['shapes'][op['input']['shape']]['members'].items():
                if ref.get('location') == 'querystring':
                    facts[name]['queries'][key + 'Input.' + member] = ref['locationName']
print(json.dumps(facts))
`

func TestTablesAgreeWithBotocore(t *testing.T) {
	out := needBotocore(t, nil, "-c", botocoreFacts)
	var facts map[string]struct {
		Errors          map[string]int
		Routes, Queries map[string]string
	}
	if err := json.Unmarshal(out, &facts); err != nil {
		t.Fatal(err)
	}
	if len(facts) != 5 {
		t.Errorf("%d services", len(facts))
	}
	for name, fact := range facts {
		s := service(t, name)
		for code, want := range fact.Errors {
			got := tableStatus(name, code)
			if got != want && (got != 0 || want != 400 && want != 500) {
				t.Errorf("%s %s: status %d, want %d", name, code, got, want)
			}
		}
		if s.Query() {
			continue
		}
		for op, want := range fact.Routes {
			o := s.operations[op]
			if o == nil {
				t.Errorf("%s has no operation %s", name, op)
				continue
			}
			method, path, _ := strings.Cut(want, " ")
			if diff := gocmp.Diff(parsePattern(path), o.path, gocmp.AllowUnexported(pattern{}, segment{})); diff != "" || method != o.method {
				t.Errorf("%s %s: %s %s", name, op, o.method, diff)
			}
		}
		queries := map[string]string{}
		for key, m := range s.plans.members {
			if m.in == inQuery {
				queries[key] = m.name
			}
		}
		if diff := gocmp.Diff(fact.Queries, queries); diff != "" {
			t.Errorf("%s query strings (-botocore +table):\n%s", name, diff)
		}
	}
}
