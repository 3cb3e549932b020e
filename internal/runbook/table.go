package runbook

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/move"
)

// table is moves in the shape of a template: a row of numbers for each Region, under the same short keys in all of
// them, because CloudFormation has no default for a key that is missing.
type table struct {
	Layers  []column
	Regions []string // all of the table, also those without anything to enforce
	Here    []string // those where something is enforced
}

// column is what the table holds of one layer.
type column struct {
	move.Move
	Index int
	Any   bool     // every version that is not right is left
	Olds  []string // keys of the versions to leave unless Any: "Old0", …
	Right []string // keys of the right versions: "New", "Also0", …
	// Sum is the content of New if it is one in all Regions; SumKey is the key of a column of sums otherwise.
	Sum, SumKey string
	// Condition is the CloudFormation condition of the layer if it is not in all enforced Regions, or empty.
	Condition string
	// Enforced are the Regions where it is.
	Enforced []string
}

func newTable(moves []move.Move) (table, error) {
	if len(moves) == 0 {
		return table{}, fmt.Errorf("there is no layer to enforce")
	}
	if err := move.CheckAll(moves); err != nil {
		return table{}, err
	}
	moves = move.Sorted(moves)
	t := table{}
	for i, m := range moves {
		if p := moves[0].Layer.Partition; m.Layer.Partition != p {
			return table{}, fmt.Errorf("layers of the partitions %s and %s cannot be enforced together", p, m.Layer.Partition)
		}
		c, err := newColumn(i, m)
		if err != nil {
			return table{}, err
		}
		t.Layers = append(t.Layers, c)
		t.Regions = slices.AppendSeq(t.Regions, maps.Keys(m.Regions))
		t.Here = append(t.Here, c.Enforced...)
	}
	t.Regions = slices.Compact(slices.Sorted(slices.Values(t.Regions)))
	t.Here = slices.Compact(slices.Sorted(slices.Values(t.Here)))
	for i, c := range t.Layers {
		if len(c.Enforced) < len(t.Here) {
			t.Layers[i].Condition = c.Key("Here")
		}
	}
	return t, nil
}

func newColumn(index int, m move.Move) (column, error) {
	c := column{Move: m, Index: index, Right: []string{"New"}}
	olds, alsos := 0, 0
	var sums []string
	for _, region := range slices.Sorted(maps.Keys(m.Regions)) {
		r, ok := m.In(region)
		if !ok {
			continue
		}
		if len(c.Enforced) > 0 && c.Any != (r.Old == nil) {
			return column{}, fmt.Errorf("layer %s in %s: some Regions leave every other version and some only certain ones; one stack set does either", m.Layer.Name, region)
		}
		c.Any = r.Old == nil
		c.Enforced = append(c.Enforced, region)
		olds, alsos = max(olds, len(r.Old)), max(alsos, len(r.Also))
		sums = append(sums, r.New.SHA256)
	}
	for n := range olds {
		c.Olds = append(c.Olds, "Old"+strconv.Itoa(n))
	}
	for n := range alsos {
		c.Right = append(c.Right, "Also"+strconv.Itoa(n))
	}
	if sums = slices.Compact(slices.Sorted(slices.Values(sums))); len(sums) == 1 {
		c.Sum = sums[0]
	} else {
		c.SumKey = "Sum"
	}
	return c, nil
}

// Key is the name of one of the layer's values in the mapping: L0New.
func (c column) Key(part string) string { return "L" + strconv.Itoa(c.Index) + part }

// Keys are the names of all its numbers, in the order of the mapping.
func (c column) Keys() []string { return append(slices.Clone(c.Right), c.Olds...) }

// name is the layer's name in the Guard policy.
func (c column) name() string { return "layer" + strconv.Itoa(c.Index) }

// number is the version behind a key. A Region with fewer versions than others repeats the new one, which changes
// nothing: it is right already.
func (c column) number(r move.Region, key string) int64 {
	of := func(list []int64, prefix string) int64 {
		n, err := strconv.Atoi(strings.TrimPrefix(key, prefix))
		if err == nil && n < len(list) {
			return list[n]
		}
		return r.New.Number
	}
	switch {
	case strings.HasPrefix(key, "Old"):
		return of(r.Old, "Old")
	case strings.HasPrefix(key, "Also"):
		return of(r.Also, "Also")
	}
	return r.New.Number
}

// rule is the layer's Guard rule, with the ARNs that arn gives for the keys.
func (c column) rule(arn func(key string) string) string {
	of := func(keys []string) []string {
		out := make([]string, len(keys))
		for i, k := range keys {
			out[i] = arn(k)
		}
		return out
	}
	filter := anyVersion(c.Layer.Account, c.Layer.Name)
	if !c.Any {
		filter = among(of(append(slices.Clone(c.Olds), c.Right...))...)
	}
	return guardRule(c.name(), filter, unless(c.ExemptTag), oneOf(of(c.Right)...))
}

// Row is a Region's line of the template's mapping.
func (t table) Row(region string) string {
	var cells []string
	for _, c := range t.Layers {
		r, _ := c.In(region)
		for _, k := range c.Keys() {
			cells = append(cells, fmt.Sprintf("%s: %q", c.Key(k), strconv.FormatInt(c.number(r, k), 10)))
		}
		if c.SumKey != "" {
			cells = append(cells, fmt.Sprintf("%s: %q", c.Key(c.SumKey), r.New.SHA256))
		}
	}
	return "{ " + strings.Join(cells, ", ") + " }"
}

// Title names the layer for people.
func (c column) Title() string {
	title := c.Layer.Name + " of " + c.Layer.Account
	if c.Release != "" {
		title += ", release " + c.Release
	}
	return strconv.QuoteToASCII(title)
}

// ARN is the layer's ARN in the stack's Region, without a version, for Fn::Sub.
func (c column) ARN() string { return prefix + c.Layer.Account + ":layer:" + c.Layer.Name }

// Find is the value of a key in the stack's Region.
func (c column) Find(key string) string {
	return "!FindInMap [Versions, !Ref AWS::Region, " + c.Key(key) + "]"
}

// Guard is the layer's Guard rule with variables of Fn::Sub.
func (c column) Guard() string {
	return c.rule(func(key string) string { return c.ARN() + ":${" + key + "}" })
}

// Accepted are the mismatches that the runbook does not mind, by its words.
func (c column) Accepted() []string {
	var out []string
	if c.Accept.Architecture {
		out = append(out, "architecture")
	}
	if c.Accept.Runtime {
		out = append(out, "runtime")
	}
	return out
}
