package sandboxcmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	local "github.com/layerfleet/layerfleet/sandbox"
)

// quirks are choices of what AWS's documents leave open, as a flag that may be given several times.
type quirks map[string]string

// String, Set and Type make quirks a flag's value.
func (q *quirks) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(*q)) {
		all = append(all, name+"="+(*q)[name])
	}
	return strings.Join(all, " ")
}

// Set adds one. Names and values are checked.
func (q *quirks) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q is not NAME=VALUE", text)
	}
	if err := local.CheckQuirks(map[string]string{name: value}); err != nil {
		return err
	}
	if *q == nil {
		*q = quirks{}
	}
	(*q)[name] = value
	return nil
}

// Type is the placeholder in help texts.
func (q *quirks) Type() string { return "NAME=VALUE" }
