// Package runbooktest reads the table of cases that every judge of functions is held to, for their tests.
package runbooktest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

// SHA256 is the content of every new version in the table.
const SHA256 = "c2hhIG9mIHJlbGVhc2U="

// numbers are a move in a Region, as the table writes it.
type numbers struct {
	New       int64
	Old, Also []int64
}

// shortMove is a move as the table writes it.
type shortMove struct {
	numbers                         `yaml:",inline"`
	Layer, Account, Region          string
	Runtimes, Architectures, Accept []string
	Exempt                          *string
	Regions                         map[string]numbers
}

func (s shortMove) move() move.Move {
	region, account, tag := s.Region, s.Account, move.DefaultExemptTag
	if region == "" {
		region = "us-east-1"
	}
	if account == "" {
		account = "100000000000"
	}
	if s.Exempt != nil {
		tag = *s.Exempt
	}
	m := move.Move{
		Layer:     layer.ARN{Partition: layer.PartitionOf(region), Account: account, Name: s.Layer},
		Regions:   map[string]move.Region{},
		Accept:    move.Accept{Architecture: slices.Contains(s.Accept, "architecture"), Runtime: slices.Contains(s.Accept, "runtime")},
		ExemptTag: tag,
	}
	all := map[string]numbers{region: s.numbers}
	maps.Copy(all, s.Regions)
	for region, n := range all {
		if n.New == 0 {
			m.Regions[region] = move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion}}
			continue
		}
		m.Regions[region] = move.Region{Old: n.Old, Also: n.Also, New: move.Version{
			Number: n.New, SHA256: SHA256, Runtimes: s.Runtimes, Architectures: s.Architectures,
		}}
	}
	return m
}

// Answers are what the judges beside Decide say.
type Answers struct{ Guard, Runbook, Watch string }

// Case is one of the table.
type Case struct {
	Name, Moves, Region string
	Layers, Tags        yaml.Node // a list or missing or null; a map or unknown
	Image               bool
	Version, Runtime    string
	Architectures       []string
	Unusable            map[string]fleet.Code
	Standing            fleet.Code
	Verdict             move.Verdict
	Code                fleet.Code
	Each                []move.Verdict
	After               []string
	Answers             `yaml:",inline"`
}

// table is the whole of it.
type table struct {
	Answers map[move.Verdict]Answers
	Moves   map[string][]shortMove
	Cases   []Case
}

// Read reads the table: moves by their names, and the cases with what each judge answers.
func Read(t *testing.T, path string) (map[string][]move.Move, []Case) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all table
	if err := yaml.Load(data, &all); err != nil {
		t.Fatal(err)
	}
	moves := map[string][]move.Move{}
	for name, short := range all.Moves {
		for _, s := range short {
			moves[name] = append(moves[name], s.move())
		}
		moves[name] = move.Sorted(moves[name]) // as templates have them
	}
	seen := map[string]bool{}
	for i := range all.Cases {
		c := &all.Cases[i]
		usual, ok := all.Answers[c.Verdict]
		if !ok || seen[c.Name] || moves[c.Moves] == nil {
			t.Fatalf("case %q: verdict %s of %q, or it stands there twice", c.Name, c.Verdict, c.Moves)
		}
		seen[c.Name] = true
		if c.Region == "" {
			c.Region = "us-east-1"
		}
		if c.Guard == "" {
			c.Guard = usual.Guard
		}
		if c.Runbook == "" {
			c.Runbook = strings.Replace(usual.Runbook, "code", string(c.Code), 1)
		}
		if c.Watch == "" {
			c.Watch = usual.Watch
		}
		if c.Each == nil {
			c.Each = []move.Verdict{c.Verdict}
		}
	}
	return moves, all.Cases
}

// ARN is the layer version that the table means by NAME:NUMBER.
func (c Case) ARN(short string) string {
	if strings.HasPrefix(short, "arn:") {
		return short
	}
	return fmt.Sprintf("arn:%s:lambda:%s:100000000000:layer:%s", layer.PartitionOf(c.Region), c.Region, short)
}

// List is the function's layer list; nil where there is none.
func (c Case) List(t *testing.T) []string {
	t.Helper()
	if c.Layers.Kind != yaml.SequenceNode {
		return nil
	}
	var short []string
	if err := c.Layers.Decode(&short); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	out := []string{}
	for _, s := range short {
		out = append(out, c.ARN(s))
	}
	return out
}

// Wanted is the list that the case wants.
func (c Case) Wanted(t *testing.T) []string {
	t.Helper()
	out := c.List(t)
	if c.After == nil {
		return out
	}
	for i, s := range c.After {
		out[i] = c.ARN(s)
	}
	return out
}

// AllTags are the function's tags; false where they cannot be read.
func (c Case) AllTags(t *testing.T) (map[string]string, bool) {
	t.Helper()
	if c.Tags.Value == "unknown" {
		return nil, false
	}
	tags := map[string]string{}
	if !c.Tags.IsZero() {
		if err := c.Tags.Decode(&tags); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	return tags, true
}

// Function is the function that the case is about.
func (c Case) Function(t *testing.T) fleet.Function {
	t.Helper()
	f := fleet.Function{
		Pair: fleet.Pair{AccountID: "100000000001", Region: c.Region}, Name: "fn", ARN: "arn:fn", Version: c.Version, Runtime: c.Runtime,
		PackageType: "Zip", Architectures: c.Architectures, Layers: c.List(t),
	}
	if c.Image {
		f.PackageType = "Image"
	}
	f.Tags, f.TagsKnown = c.AllTags(t)
	return f
}

// Facts are those that only the script can find out.
func (c Case) Facts() move.Facts {
	f := move.Facts{Unusable: func(arn, _ string) fleet.Reason {
		for short, code := range c.Unusable {
			if c.ARN(short) == arn {
				return fleet.Reason{Code: code}
			}
		}
		return fleet.Reason{}
	}}
	if c.Standing != "" {
		f.Standing = map[string]fleet.Reason{"arn:fn": {Code: c.Standing}}
	}
	return f
}
