package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/google/go-cmp/cmp"
)

// snapshot is a file of the SDK's modules: a request or status line, headers, body.
type snapshot struct {
	first  string
	header http.Header
	body   []byte
}

func readSnapshot(t testing.TB, file string) snapshot {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	rest = bytes.TrimPrefix(rest, []byte("\n")) // request snapshots have a line between
	s := snapshot{first: string(first), header: http.Header{}}
	if bytes.HasPrefix(rest, []byte("\n")) { // no headers
		s.body = rest[1:]
		return s
	}
	head, body, _ := bytes.Cut(rest, []byte("\n\n"))
	for line := range strings.SplitSeq(string(head), "\n") {
		if k, v, ok := strings.Cut(line, ": "); ok {
			s.header.Add(k, v)
		}
	}
	s.body = body
	return s
}

func (s snapshot) request(t testing.TB) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(s.first, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, "https://test.example.com"+path, bytes.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = s.header
	return r
}

// decodeSnapshot makes the input of an operation from its request snapshot.
func decodeSnapshot(t testing.TB, c *sdk, op, file string) (any, snapshot, error) {
	t.Helper()
	s := readSnapshot(t, file)
	r := s.request(t)
	got, err := c.service.Route(r, s.body)
	if err != nil || got != op {
		t.Errorf("%s %s: routed to %q, %v", c.module, op, got, err)
	}
	inType, _ := c.types(op)
	in := reflect.New(inType).Interface()
	tr := trail{}
	err = c.service.decode(op, r, s.body, in, &tr)
	if err == nil && len(tr.unknown) > 0 {
		t.Errorf("%s %s: unknown members %v", c.module, op, tr.unknown)
	}
	return in, s, err
}

func operationOf(file string) string {
	op, _, _ := strings.Cut(filepath.Base(file), ".")
	return op
}

// unions are the operations whose snapshots have a union, and the member that is one: refused by name.
var (
	requestUnions = map[string]string{
		"ssm CreateCloudConnector":    "Configuration",
		"ssm UpdateCloudConnector":    "Configuration",
		"ssm StartExecutionPreview":   "ExecutionInputs",
		"iam SimulatePrincipalPolicy": "PolicyExclusionList",
		"monitoring PutMetricAlarm":   "EvaluationCriteria",
	}
	responseUnions = map[string]string{
		"ssm GetCloudConnector":   "Configuration",
		"ssm GetExecutionPreview": "ExecutionPreview",
		"ssm ListNodes":           "NodeType",

		"monitoring DescribeAlarms":          "EvaluationCriteria",
		"monitoring DescribeAlarmsForMetric": "EvaluationCriteria",
	}
)

func TestRequestSnapshots(t *testing.T) {
	same, refused := 0, 0
	for name, c := range sdks(t) {
		for _, file := range c.fixtures(t, "request_snapshot", ".request.snap") {
			op := operationOf(file)
			in, want, err := decodeSnapshot(t, c, op, file)
			if member, ok := requestUnions[name+" "+op]; ok {
				if err == nil || !strings.Contains(err.Error(), "union member "+member) {
					t.Errorf("%s %s: error %v, want one that names the union %s", name, op, err, member)
				}
				refused++
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", name, op, err)
				continue
			}
			r, body, err := c.send(op, in)
			if err != nil {
				t.Errorf("%s %s: sending again: %v", name, op, err)
				continue
			}
			if diff := cmp.Diff(wireForm(t, want.request(t), want.body), wireForm(t, r, body)); diff != "" {
				t.Errorf("%s %s sent again (-snapshot +codec):\n%s", name, op, diff)
				continue
			}
			same++
		}
	}
	t.Logf("%d request snapshots decode and are sent again identically, %d have unions and are refused", same, refused)
	if same < 744 || refused != len(requestUnions) {
		t.Errorf("%d same and %d refused, want 744 or more and %d", same, refused, len(requestUnions))
	}
}

// wireForm is a request in a form to compare: the snapshots' headers and the body as a value.
func wireForm(t testing.TB, r *http.Request, body []byte) map[string]any {
	t.Helper()
	form := map[string]any{"method": r.Method, "path": r.URL.EscapedPath(), "query": r.URL.Query()}
	for name := range r.Header {
		if slices.Contains([]string{"Content-Type", "X-Amz-Target", "Smithy-Protocol", "X-Amzn-Query-Mode"}, name) || strings.HasPrefix(name, "X-Amz-") &&
			!slices.Contains([]string{"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}, name) {
			form[name] = r.Header.Get(name)
		}
	}
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		v, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		form["body"] = v
	default:
		form["body"] = bodyValue(r.Header.Get("Content-Type"), body)
	}
	return form
}

// bodyValue is a body as a value: CBOR has several forms for one.
func bodyValue(contentType string, body []byte) any {
	if contentType != "application/cbor" {
		return jsonValue(body)
	}
	v, err := cbor.Decode(body)
	if err != nil {
		return err.Error()
	}
	return v
}

// jsonValue is a JSON text as a value with exact numbers, or the text itself.
func jsonValue(body []byte) any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(body)
	}
	return v
}

func TestResponseSnapshots(t *testing.T) {
	same := 0
	for _, c := range sdks(t) {
		requests := map[string]string{}
		for _, file := range c.fixtures(t, "request_snapshot", ".request.snap") {
			requests[operationOf(file)] = file
		}
		for _, file := range c.fixtures(t, "response_snapshot", ".response.snap") {
			op := operationOf(file)
			if requestUnions[c.service.Name+" "+op] != "" {
				continue
			}
			if checkResponse(t, c, op, file, requests[op]) {
				same++
			}
		}
	}
	t.Logf("%d response snapshots reproduced", same)
	if same < 459 {
		t.Errorf("%d response snapshots reproduced, want 459 or more", same)
	}
}

// checkResponse lets the client read a snapshot, encodes what it made of it, and compares.
func checkResponse(t *testing.T, c *sdk, op, file, request string) bool {
	t.Helper()
	in, _, err := decodeSnapshot(t, c, op, request)
	if err != nil {
		t.Errorf("%s %s: %v", c.module, op, err)
		return false
	}
	want := readSnapshot(t, file)
	status, _ := strconv.Atoi(want.first)
	out, err := c.receive(op, in, status, want.header, want.body)
	if err != nil {
		t.Errorf("%s %s: the client cannot read the snapshot: %v", c.module, op, err)
		return false
	}
	w := httptest.NewRecorder()
	err = c.service.Encode(w, op, out, "request")
	if member := responseUnions[c.service.Name+" "+op]; member != "" {
		if err == nil || !strings.Contains(err.Error(), member+": the union") {
			t.Errorf("%s %s: error %v, want one that names the union %s", c.module, op, err, member)
		}
		return false
	}
	if err != nil {
		t.Errorf("%s %s: %v", c.module, op, err)
		return false
	}
	body := bodyValue(want.header.Get("Content-Type"), want.body)
	if m, ok := body.(map[string]any); ok && c.service.Protocol == RESTJSON {
		// The snapshots repeat in the body what is bound to the status line.
		for _, f := range mustShape(t, c.service, reflect.TypeOf(out).Elem()).fields {
			if f.in == inStatus {
				delete(m, f.name)
			}
		}
		if len(m) == 0 && w.Body.Len() == 0 {
			body = ""
		}
	}
	diff := cmp.Diff(body, bodyValue(w.Header().Get("Content-Type"), w.Body.Bytes()))
	for name := range want.header {
		if !ofRequest(name) && (name != "Content-Type" || w.Body.Len() > 0) {
			diff += cmp.Diff(want.header.Get(name), w.Header().Get(name))
		}
	}
	if diff != "" {
		t.Errorf("%s %s (-snapshot +codec):\n%s", c.module, op, diff)
	}
	return diff == ""
}

// ofRequest says whether a header of a response snapshot is one of the request's, which the SDK's snapshots repeat.
func ofRequest(header string) bool {
	return slices.Contains([]string{"X-Amz-Target", "Accept", "X-Amzn-Query-Mode"}, header)
}

func mustShape(t testing.TB, s *Service, typ reflect.Type) *shape {
	t.Helper()
	sh, err := s.plans.shape(typ)
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

func TestErrorSnapshots(t *testing.T) {
	probe := map[string]string{
		"lambda": "GetAccountSettings", "config": "DescribeConfigRules", "ssm": "DescribeParameters", "organizations": "DescribeOrganization",
		"monitoring": "DescribeAlarms", "tagging": "GetResources",
	}
	same := 0
	for name, op := range probe {
		c := sdks(t)[name]
		inType, _ := c.types(op)
		for _, file := range c.fixtures(t, "response_snapshot", ".error.snap") {
			want := readSnapshot(t, file)
			status, _ := strconv.Atoi(want.first)
			_, err := c.receive(op, reflect.New(inType).Interface(), status, want.header, want.body)
			var ae smithy.APIError
			if !errors.As(err, &ae) || modeled(ae) != c.module {
				t.Errorf("%s: the client makes %v of it", file, err)
				continue
			}
			w := httptest.NewRecorder()
			c.service.EncodeError(w, op, err, "request")
			if c.service.Protocol == JSON11 && status != http.StatusInternalServerError {
				status = http.StatusBadRequest // see StatusOf
			}
			diff := cmp.Diff(status, w.Code) + cmp.Diff(bodyValue(want.header.Get("Content-Type"), want.body), bodyValue(w.Header().Get("Content-Type"), w.Body.Bytes()))
			for h := range want.header {
				if !ofRequest(h) {
					diff += cmp.Diff(want.header.Get(h), w.Header().Get(h))
				}
			}
			if diff != "" {
				t.Errorf("%s %s (-snapshot +codec):\n%s", name, operationOf(file), diff)
				continue
			}
			same++
		}
	}
	t.Logf("%d error snapshots reproduced", same)
	if same < 328 {
		t.Errorf("%d error snapshots reproduced, want 328 or more", same)
	}
}
