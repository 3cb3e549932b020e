package parts

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/layerfleet/layerfleet/internal/layer"
)

// ErrForeign says that a template is neither rendered by [Template] nor deploy/lambdalayer.yaml.
var ErrForeign = errors.New("the template does not enforce layer versions")

// Standing is what a template enforces with the parameters of its stack set.
type Standing struct {
	Moves []Move
	// Everywhere says that the numbers count in all Regions, not only in the one that Moves has
	// (SameVersionInAllRegions of the stand-alone template).
	Everywhere bool
	// Targets are where the set was deployed to, or was to be, by Region; templates that were made by hand do not say.
	Targets map[string]Targets
}

// Read finds out what a template enforces. The stand-alone template needs the parameters of its stack set. The error
// is [ErrForeign] for other people's templates, and for a stand-alone one that replaces one layer by another, which
// no move says.
func Read(body string, parameters map[string]string) (Standing, error) {
	var t struct {
		Metadata struct {
			Layerfleet *struct {
				FormatVersion string `yaml:"FormatVersion"`
				Layers        []struct {
					Partition string `yaml:"Partition"`
					Account   string `yaml:"Account"`
					Name      string `yaml:"Name"`
					SHA256    string `yaml:"Sha256"` // where one content is in all Regions
				} `yaml:"Layers"`
				Targets map[string]struct {
					Units    []string `yaml:"Units"`
					Accounts []string `yaml:"Accounts"`
				} `yaml:"Targets"`
			} `yaml:"Layerfleet"`
		} `yaml:"Metadata"`
		Mappings struct {
			Versions map[string]map[string]string `yaml:"Versions"`
		} `yaml:"Mappings"`
	}
	if err := yaml.Load([]byte(body), &t); err != nil || t.Metadata.Layerfleet == nil {
		return Standing{}, ErrForeign
	}
	ours := t.Metadata.Layerfleet
	if ours.FormatVersion != formatVersion {
		return Standing{}, fmt.Errorf("the template has format version %q, this program knows %s", ours.FormatVersion, formatVersion)
	}
	if len(ours.Layers) == 0 {
		return readStandalone(parameters)
	}
	s := Standing{Targets: map[string]Targets{}}
	for region, to := range ours.Targets {
		s.Targets[region] = Targets(to)
	}
	for i, l := range ours.Layers {
		m := Move{Layer: layer.ARN{Partition: l.Partition, Account: l.Account, Name: l.Name}, Regions: map[string]Versions{}}
		for region, row := range t.Mappings.Versions {
			v, err := readRow(i, row)
			if err != nil {
				return Standing{}, fmt.Errorf("the version table in %s: %w", region, err)
			}
			if v.New > 0 {
				v.SHA256 = cmp.Or(l.SHA256, v.SHA256)
				m.Regions[region] = v
			}
		}
		s.Moves = append(s.Moves, m)
	}
	return s, nil
}

// formatVersion is that of the metadata and of the table.
const formatVersion = "1.0"

// readRow reads the numbers of one layer in one Region. A number that repeats the new one only fills up its column.
func readRow(index int, row map[string]string) (Versions, error) {
	var v Versions
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
			if n != v.New {
				out = append(out, n)
			}
		}
		return out, nil
	}
	var err error
	if v.New, err = number(key("New")); err != nil {
		return v, err
	}
	if v.Old, err = all("Old"); err != nil {
		return v, err
	}
	v.Also, err = all("Also")
	v.SHA256 = row[key("Sum")]
	return v, err
}

// readStandalone reads the parameters of deploy/lambdalayer.yaml.
func readStandalone(parameters map[string]string) (Standing, error) {
	to, err := layer.ParseVersionARN(parameters[ParameterNew])
	if err != nil {
		return Standing{}, fmt.Errorf("%s: %w", ParameterNew, err)
	}
	v := Versions{New: to.Version, SHA256: parameters[ParameterSHA256]}
	old := parameters[ParameterOld]
	from, err := layer.ParseARN(old)
	if err != nil {
		exact, err := layer.ParseVersionARN(old)
		if err != nil {
			return Standing{}, fmt.Errorf("%s: %w", ParameterOld, err)
		}
		from, v.Old = exact.ARN, []int64{exact.Version}
	}
	everywhere := parameters[ParameterSameVersion] == "true"
	if from.Region != to.Region && !everywhere {
		return Standing{}, nil // the stack does nothing, in any Region
	}
	if from.Account != to.Account || from.Name != to.Name {
		return Standing{}, fmt.Errorf("%w but replaces layer %s by layer %s", ErrForeign, from, to.ARN)
	}
	return Standing{Moves: []Move{{Layer: to.ARN, Regions: map[string]Versions{to.Region: v}}}, Everywhere: everywhere}, nil
}
