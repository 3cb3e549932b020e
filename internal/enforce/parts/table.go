package parts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table is moves in the shape of a template: a row of numbers for each Region, under the same short keys in all of
// them, because CloudFormation has no default for a key that is missing.
type table struct {
	Layers  []column
	Regions []string // all of the table
	Here    []string // those where something is enforced
	Targets map[string]Targets
}

// column is what the table holds of one layer.
type column struct {
	Move
	Index int
	Olds  []string // keys of the versions to leave: "Old0", …; none for every version that is not right
	Right []string // keys of the right versions: "New", "Also0", …
	// Sum is the content of New if it is one in all Regions; SumKey is the key of a column of sums otherwise.
	Sum, SumKey string
	// Condition is the CloudFormation condition of the layer if it is not in all enforced Regions, or empty.
	Condition string
}

func newTable(moves []Move) (table, error) {
	moves, err := sorted(moves)
	if err != nil {
		return table{}, err
	}
	t := table{Regions: regions(moves), Here: enforced(moves)}
	for i, m := range moves {
		c := column{Move: m, Index: i, Right: []string{"New"}}
		olds, alsos := 0, 0
		var sums []string
		for _, region := range m.in() {
			v := m.Regions[region]
			olds, alsos = max(olds, len(v.Old)), max(alsos, len(v.Also))
			sums = append(sums, v.SHA256)
		}
		for n := range olds {
			c.Olds = append(c.Olds, "Old"+strconv.Itoa(n))
		}
		for n := range alsos {
			c.Right = append(c.Right, "Also"+strconv.Itoa(n))
		}
		slices.Sort(sums)
		if sums = slices.Compact(sums); len(sums) == 1 {
			c.Sum = sums[0]
		} else {
			c.SumKey = c.Key("Sum")
		}
		if len(m.in()) < len(t.Here) {
			c.Condition = c.Key("Here")
		}
		t.Layers = append(t.Layers, c)
	}
	return t, nil
}

// Key is the name of one of the layer's numbers in the mapping: L0New.
func (c column) Key(part string) string { return "L" + strconv.Itoa(c.Index) + part }

// Keys are the names of all its numbers, in the order of the mapping.
func (c column) Keys() []string { return append(slices.Clone(c.Right), c.Olds...) }

// Name is the layer's name in the Guard policy.
func (c column) Name() string { return "layer" + strconv.Itoa(c.Index) }

// number is the version behind a key. A Region with fewer versions than others repeats the new one, which changes
// nothing: it is right already.
func (c column) number(v Versions, key string) int64 {
	of := func(list []int64, prefix string) int64 {
		n, err := strconv.Atoi(strings.TrimPrefix(key, prefix))
		if err == nil && n < len(list) {
			return list[n]
		}
		return v.New
	}
	switch {
	case strings.HasPrefix(key, "Old"):
		return of(v.Old, "Old")
	case strings.HasPrefix(key, "Also"):
		return of(v.Also, "Also")
	}
	return v.New
}

// rule is the layer's Guard rule, with the ARNs that arn gives for the keys.
func (c column) rule(exempt string, arn func(key string) string) string {
	of := func(keys []string) []string {
		out := make([]string, len(keys))
		for i, k := range keys {
			out[i] = arn(k)
		}
		return out
	}
	filter := anyVersion(c.Layer.Account, c.Layer.Name)
	if len(c.Olds) > 0 {
		filter = among(of(append(slices.Clone(c.Olds), c.Right...))...)
	}
	return guardRule(c.Name(), filter, exempt, oneOf(of(c.Right)...))
}

// Row is a Region's line of the template's mapping.
func (t table) Row(region string) string {
	var cells []string
	for _, c := range t.Layers {
		v := c.Regions[region]
		for _, k := range c.Keys() {
			cells = append(cells, fmt.Sprintf("%s: %q", c.Key(k), strconv.FormatInt(c.number(v, k), 10)))
		}
		if c.SumKey != "" {
			cells = append(cells, fmt.Sprintf("%s: %q", c.SumKey, v.SHA256))
		}
	}
	return "{ " + strings.Join(cells, ", ") + " }"
}
