package runbook

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
)

// tableVersion is the format of templates that kept everything in their mapping and in parameters.
const tableVersion = "1.0"

// tableUnits are the targets in that format.
type tableUnits map[string]struct {
	Units    []string `yaml:"Units"`
	Accounts []string `yaml:"Accounts"`
}

// tableLayer is a layer in that format.
type tableLayer struct {
	Partition string `yaml:"Partition"`
	Account   string `yaml:"Account"`
	Name      string `yaml:"Name"`
	SHA256    string `yaml:"Sha256"` // where one content is in all Regions
}

// readTable reads such a template, so that its set can be shown, and brought up to date.
func readTable(ours metadata, rows map[string]map[string]string, parameters map[string]string) (Content, error) {
	c, exemptTag := given(parameters)
	c.Targets = map[string]Targets{}
	for region, to := range ours.Targets {
		c.Targets[region] = Targets(to)
	}
	var layers []tableLayer
	if err := ours.Layers.Decode(&layers); err != nil {
		return Content{}, fmt.Errorf("the layers of the template: %w", err)
	}
	for i, l := range layers {
		m := move.Move{
			Layer:   layer.ARN{Partition: l.Partition, Account: l.Account, Name: l.Name},
			Regions: map[string]move.Region{}, ExemptTag: exemptTag,
		}
		for region, row := range rows {
			r, err := readRow(i, row)
			if err != nil {
				return Content{}, fmt.Errorf("the version table in %s: %w", region, err)
			}
			if r.New.Number == 0 {
				r = move.Region{Reason: fleet.Reason{Code: fleet.NoVersionInRegion}}
			} else {
				r.New.SHA256 = cmp.Or(l.SHA256, r.New.SHA256)
			}
			m.Regions[region] = r
		}
		c.Moves = append(c.Moves, m)
	}
	if err := move.CheckAll(c.Moves); err != nil {
		return Content{}, fmt.Errorf("the version table: %w", err)
	}
	return c, nil
}

// readRow reads the numbers of one layer in one Region. A number that repeats the new one only fills up its column.
func readRow(index int, row map[string]string) (move.Region, error) {
	var r move.Region
	key := func(part string) string { return column{Index: index}.Key(part) }
	number := func(key string) (int64, error) {
		n, err := strconv.ParseInt(row[key], 10, 64)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%s is %q", key, row[key])
		}
		return n, nil
	}
	all := func(part string) ([]int64, error) {
		var out []int64
		for i := 0; row[key(part+strconv.Itoa(i))] != ""; i++ {
			n, err := number(key(part + strconv.Itoa(i)))
			if err != nil {
				return nil, err
			}
			if n != r.New.Number {
				out = append(out, n)
			}
		}
		return out, nil
	}
	var err error
	if r.New.Number, err = number(key("New")); err != nil {
		return r, err
	}
	if r.Old, err = all("Old"); err != nil {
		return r, err
	}
	r.Also, err = all("Also")
	r.New.SHA256 = row[key("Sum")]
	return r, err
}
