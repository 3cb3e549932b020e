package parts_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/runbook"
)

const (
	runtime = "arn:aws:lambda:us-east-1:100000000000:layer:common-runtime:"
	agent   = "arn:aws:lambda:us-east-1:100000000000:layer:observability:"
	other   = "arn:aws:lambda:us-east-1:200000000000:layer:tools:1"
)

// functions are the configuration items that every policy is judged by.
var functions = map[string]string{
	"old":               item(layersOf(runtime+"5"), "{}"),
	"new":               item(layersOf(runtime+"6"), "{}"),
	"also":              item(layersOf(runtime+"7"), "{}"),
	"older":             item(layersOf(runtime+"2"), "{}"),
	"longer-number":     item(layersOf(runtime+"55"), "{}"),
	"other":             item(layersOf(other), "{}"),
	"old-other":         item(layersOf(runtime+"5", other), "{}"),
	"other-old":         item(layersOf(other, runtime+"5"), "{}"),
	"new-other":         item(layersOf(runtime+"6", other), "{}"),
	"other-new":         item(layersOf(other, runtime+"6"), "{}"),
	"name-begins-alike": item(layersOf("arn:aws:lambda:us-east-1:100000000000:layer:common-runtime-2:5"), "{}"),
	"name-ends-alike":   item(layersOf("arn:aws:lambda:us-east-1:100000000000:layer:my-common-runtime:5"), "{}"),
	"other-account":     item(layersOf("arn:aws:lambda:us-east-1:300000000000:layer:common-runtime:5"), "{}"),
	"none":              item("[]", "{}"),
	"missing":           item("", "{}"),
	"null":              item("null", "{}"),
	"no-tags":           item(layersOf(runtime+"5"), ""),
	"tagged":            item(layersOf(runtime+"5"), `{"Team":"a"}`),
	"exempt":            item(layersOf(runtime+"5"), `{"Team":"a","LayerfleetExempt":""}`),
	"two-old":           item(layersOf(runtime+"5", agent+"1"), "{}"),
	"old-and-new":       item(layersOf(runtime+"5", agent+"2"), "{}"),
	"new-and-old":       item(layersOf(runtime+"6", agent+"1"), "{}"),
	"two-new":           item(layersOf(agent+"2", runtime+"6"), "{}"),
	"not-a-function":    `{"resourceType":"AWS::EC2::Instance","configuration":{}}`,
}

func move(name string, regions map[string]parts.Versions) parts.Move {
	return parts.Move{Layer: layer.ARN{Partition: "aws", Account: "100000000000", Name: name}, Regions: regions}
}

func in(region string, v parts.Versions) map[string]parts.Versions {
	return map[string]parts.Versions{region: v}
}

// failing and passing documents of each policy; all others are skipped.
var policies = []struct {
	name       string
	moves      []parts.Move
	exempt     string
	fail, pass string
}{
	{
		name:   "one old version",
		moves:  []parts.Move{move("common-runtime", in("us-east-1", parts.Versions{New: 6, Old: []int64{5}}))},
		exempt: parts.DefaultExemptTag,
		fail:   "old old-other other-old no-tags tagged two-old old-and-new",
		pass:   "new new-other other-new new-and-old two-new",
	},
	{
		name:   "any other version",
		moves:  []parts.Move{move("common-runtime", in("us-east-1", parts.Versions{New: 6}))},
		exempt: parts.DefaultExemptTag,
		fail:   "old also older longer-number old-other other-old no-tags tagged two-old old-and-new",
		pass:   "new new-other other-new new-and-old two-new",
	},
	{
		name:  "no exemptions",
		moves: []parts.Move{move("common-runtime", in("us-east-1", parts.Versions{New: 6}))},
		fail:  "old also older longer-number old-other other-old no-tags tagged exempt two-old old-and-new",
		pass:  "new new-other other-new new-and-old two-new",
	},
	{
		name:   "several allowed",
		moves:  []parts.Move{move("common-runtime", in("us-east-1", parts.Versions{New: 6, Also: []int64{7}}))},
		exempt: parts.DefaultExemptTag,
		fail:   "old older longer-number old-other other-old no-tags tagged two-old old-and-new",
		pass:   "new also new-other other-new new-and-old two-new",
	},
	{
		name:   "several old and several allowed",
		moves:  []parts.Move{move("common-runtime", in("us-east-1", parts.Versions{New: 6, Old: []int64{2, 5}, Also: []int64{7, 8}}))},
		exempt: parts.DefaultExemptTag,
		fail:   "old older old-other other-old no-tags tagged two-old old-and-new",
		pass:   "new also new-other other-new new-and-old two-new",
	},
	{
		name: "several layers",
		moves: []parts.Move{
			move("common-runtime", in("us-east-1", parts.Versions{New: 6, Old: []int64{5}})),
			move("observability", in("us-east-1", parts.Versions{New: 2})),
		},
		exempt: parts.DefaultExemptTag,
		fail:   "old old-other other-old no-tags tagged two-old old-and-new new-and-old",
		pass:   "new new-other other-new two-new",
	},
	{
		name: "a layer that the Region lacks",
		moves: []parts.Move{
			move("common-runtime", in("us-east-1", parts.Versions{New: 6, Old: []int64{5}})),
			move("observability", in("eu-west-1", parts.Versions{New: 2})),
		},
		exempt: parts.DefaultExemptTag,
		fail:   "old old-other other-old no-tags tagged two-old old-and-new",
		pass:   "new new-other other-new new-and-old two-new",
	},
}

// verdicts are what is wanted of every function.
func verdicts(fail, pass string) map[string]string {
	out := map[string]string{}
	for name := range functions {
		out[name] = "SKIP"
	}
	for name := range strings.FieldsSeq(fail) {
		out[name] = "FAIL"
	}
	for name := range strings.FieldsSeq(pass) {
		out[name] = "PASS"
	}
	return out
}

func TestPolicyVerdicts(t *testing.T) {
	for engine, judge := range judges() {
		t.Run(engine, func(t *testing.T) {
			for _, tt := range policies {
				t.Run(tt.name, func(t *testing.T) {
					policy, err := parts.Policy(tt.moves, "us-east-1", tt.exempt)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(verdicts(tt.fail, tt.pass), judge(t, policy, functions)); diff != "" {
						t.Errorf("verdicts (-want +got):\n%s\n%s", diff, policy)
					}
				})
			}
		})
	}
}

// TestNamesInPolicies holds that whatever the parameters allow is text that the engines read.
func TestNamesInPolicies(t *testing.T) {
	for engine, judge := range judges() {
		t.Run(engine, func(t *testing.T) {
			for _, tt := range []struct{ name, layer, tag string }{
				{name: "keyword in the tag", layer: "a", tag: "thisOne"},
				{name: "tag called some", layer: "a", tag: "some"},
				{name: "underscores and digits", layer: "_a-B_9", tag: "T_1"},
				{name: "long", layer: strings.Repeat("x", 140), tag: strings.Repeat("T", 61)},
				{name: "a layer called layer", layer: "layer", tag: "exists"},
			} {
				t.Run(tt.name, func(t *testing.T) {
					m := move(tt.layer, in("us-east-1", parts.Versions{New: 2}))
					policy, err := parts.Policy([]parts.Move{m}, "us-east-1", tt.tag)
					if err != nil {
						t.Fatal(err)
					}
					arn := m.Layer.WithRegion("us-east-1")
					docs := map[string]string{
						"old":    item(layersOf(arn.At(1).String()), "{}"),
						"new":    item(layersOf(arn.At(2).String()), "{}"),
						"exempt": item(layersOf(arn.At(1).String()), `{"`+tt.tag+`":"x"}`),
					}
					want := map[string]string{"old": "FAIL", "new": "PASS", "exempt": "SKIP"}
					if diff := cmp.Diff(want, judge(t, policy, docs)); diff != "" {
						t.Errorf("verdicts (-want +got):\n%s\n%s", diff, policy)
					}
				})
			}
		})
	}
}

func TestPolicyOfARegionWithoutVersions(t *testing.T) {
	policy, err := parts.Policy(policies[0].moves, "eu-west-1", "")
	if err != nil || policy != "" {
		t.Errorf("got %q, %v", policy, err)
	}
}

func TestMovesThatAreRefused(t *testing.T) {
	at := func(v parts.Versions) []parts.Move { return []parts.Move{move("a", in("us-east-1", v))} }
	for _, tt := range []struct {
		name, want string
		moves      []parts.Move
	}{
		{name: "none", want: "no layer", moves: nil},
		{name: "nowhere", want: "no version to go to", moves: at(parts.Versions{})},
		{name: "to itself", want: "version 5 is to be left and is right", moves: at(parts.Versions{New: 5, Old: []int64{5}})},
		{name: "away from what is allowed", want: "version 4", moves: at(parts.Versions{New: 5, Old: []int64{4}, Also: []int64{4}})},
		{name: "nothing to leave", want: "no version to leave", moves: at(parts.Versions{New: 5, Old: []int64{}})},
		{name: "negative", want: "-1 is not a version", moves: at(parts.Versions{New: 5, Also: []int64{-1}})},
		{name: "two kinds", want: "some Regions leave every other", moves: []parts.Move{move("a", map[string]parts.Versions{
			"us-east-1": {New: 5}, "eu-west-1": {New: 5, Old: []int64{4}},
		})}},
		{name: "twice", want: "moved twice", moves: append(at(parts.Versions{New: 5}), at(parts.Versions{New: 6})...)},
		{name: "other partition", want: "partition aws-cn", moves: []parts.Move{move("a", in("cn-north-1", parts.Versions{New: 5}))}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parts.Template(tt.moves, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

// TestVerdictsCoverAllFunctions keeps the tables above honest: no name is misspelled.
func TestVerdictsCoverAllFunctions(t *testing.T) {
	for _, tt := range policies {
		for name := range strings.FieldsSeq(tt.fail + " " + tt.pass) {
			if _, ok := functions[name]; !ok {
				t.Errorf("%s names %q, which is none of %v", tt.name, name, slices.Sorted(maps.Keys(functions)))
			}
		}
	}
}
