package recording_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/configsql"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func record(name string, layers ...string) *function.Record {
	r := &function.Record{
		Account: "100000000001", Region: "us-east-1", Name: name, Runtime: "python3.12", Handler: "main.h",
		Role: "arn:aws:iam::100000000001:role/path/exec", PackageType: "Zip", Arch: "arm64", CodeSize: 10, MemoryMB: 128, TimeoutSec: 3,
		State: "Active", LastUpdateStatus: "Successful", Modified: start, Tags: map[string]string{"team": "a"},
		Extra: &function.Extra{SubnetIDs: []string{"subnet-1"}, SecurityGroupIDs: []string{"sg-1"}, Environment: map[string]string{"SECRET": "x"}},
	}
	for _, l := range layers {
		r.Layers = append(r.Layers, function.Layer{ARN: l, CodeSize: 5})
	}
	return r
}

func names(list []*recording.Resource) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Name)
	}
	return out
}

func TestHistoryAndPostings(t *testing.T) {
	st := recording.New()
	st.Put(record("b", "L:1", "M:1"), start)
	st.Put(record("a", "L:1"), start)
	before := st.EverUsing("L:1")
	st.Put(record("b", "L:2", "M:1"), start.Add(time.Minute))
	st.Put(record("b", "L:1", "M:1"), start.Add(2*time.Minute))
	st.Delete(record("a", "L:1"), start.Add(3*time.Minute))
	st.Put(record("c", "L:1"), start.Add(4*time.Minute))

	for layer, want := range map[string][]string{"L:1": {"a", "b", "c"}, "L:2": {"b"}, "M:1": {"b"}, "N:1": nil} {
		if diff := cmp.Diff(want, names(st.EverUsing(layer))); diff != "" {
			t.Errorf("%s: %s", layer, diff)
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, names(before)); diff != "" {
		t.Errorf("a list that was handed out changed: %s", diff)
	}
	b, _ := st.Find("b")
	for minute, want := range []string{"L:1", "L:2", "L:1", "L:1"} {
		if got := b.AsOf(start.Add(time.Duration(minute) * time.Minute)).Record.Layers[0].ARN; got != want {
			t.Errorf("minute %d: %s, want %s", minute, got, want)
		}
	}
	if s := b.AsOf(start.Add(-time.Second)); s != nil {
		t.Errorf("before its time: %v", s)
	}
	a, _ := st.Find("a")
	var statuses []string
	for s := a.Latest(); s != nil; s = s.Before() {
		statuses = append(statuses, s.Status())
	}
	if diff := cmp.Diff([]string{"ResourceDeleted", "ResourceDiscovered"}, statuses); diff != "" {
		t.Error(diff)
	}
}

// TestRowAgreesWithTree compares what is read without a tree with the tree.
func TestRowAgreesWithTree(t *testing.T) {
	image := record("image")
	image.Runtime, image.Handler, image.Extra, image.Tags = "", "", nil, nil
	st := recording.New()
	for _, s := range []*recording.State{st.Put(record("a", "L:1", "M:1"), start), st.Put(image, start)} {
		doc := configsql.Document{}
		for _, top := range []string{
			"accountId", "awsRegion", "arn", "availabilityZone", "configuration", "configurationItemCaptureTime", "configurationItemStatus",
			"configurationStateId", "relationships", "resourceId", "resourceName", "resourceType", "supplementaryConfiguration", "tags", "version",
		} {
			if v, ok := s.Property(top); ok {
				doc[top] = v
			}
		}
		if _, ok := s.Property("resourceCreationTime"); ok {
			t.Error("functions have no creation time")
		}
		for _, path := range []string{
			"accountId", "awsRegion", "arn", "availabilityZone", "resourceId", "resourceName", "resourceType", "version", "configurationItemCaptureTime",
			"configuration.functionArn", "configuration.functionName", "configuration.runtime", "configuration.packageType", "configuration.role",
			"configuration.state.value", "configuration.architectures", "configuration.timeout", "configuration.memorySize", "configuration.codeSize",
			"configuration.layers.arn", "configuration.layers.codeSize", "configuration.vpcConfig.subnetIds", "configuration.handler",
			"configuration.stateReason.value", "configuration.deadLetterConfig.targetArn", "configuration.ephemeralStorage.size", "configuration.tracingConfig.mode",
			"configuration.description", "configuration.lastModified", "tags.key", "tags.value", "tags.tag", "relationships.resourceName", "supplementaryConfiguration.Tags.team", "configuration.environment", "configuration",
		} {
			if diff := cmp.Diff(doc.Values(path, nil), s.Values(path, nil), cmp.AllowUnexported(configsql.Value{})); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
		}
	}
}

// TestMemory checks that the recorder needs no more memory for a function, on top of its shared record, than the package
// says.
func TestMemory(t *testing.T) {
	const n = 20000
	recs := make([]*function.Record, n)
	layers := record("x", "L:1", "M:1").Layers
	for i := range recs {
		recs[i] = &function.Record{Name: fmt.Sprintf("team-%05d-function", i), Layers: layers}
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	st := recording.New()
	for _, r := range recs {
		st.Put(r, start)
	}
	per := (heap() - before) / n
	t.Logf("%d bytes a function", per)
	if per > 220 {
		t.Errorf("%d bytes a function", per)
	}
	if !slices.IsSorted(names(st.All())) {
		t.Error("not sorted")
	}
	runtime.KeepAlive(recs)
}

func BenchmarkQueryRow(b *testing.B) {
	q, err := configsql.Compile("SELECT resourceId WHERE resourceType = 'AWS::Lambda::Function' AND configuration.layers.arn = 'L:3'")
	if err != nil {
		b.Fatal(err)
	}
	s := recording.New().Put(record("a", "L:1", "M:1"), start)
	e := q.Evaluate()
	b.ReportAllocs()
	for b.Loop() {
		if e.Match(s) {
			b.Fatal("matches")
		}
	}
}

func BenchmarkResultRow(b *testing.B) {
	q, err := configsql.Compile("SELECT accountId, awsRegion, configuration.functionName, configuration.functionArn, configuration.version, configuration.runtime, configuration.layers.arn")
	if err != nil {
		b.Fatal(err)
	}
	s := recording.New().Put(record("a", "L:1", "M:1"), start)
	e := q.Evaluate()
	b.ReportAllocs()
	for b.Loop() {
		_ = e.Row(s)
	}
}
