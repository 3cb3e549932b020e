// Package quirk holds the switches for what AWS's documents leave open, or state in two ways. A tool that is right on
// both sides of each switch is right on AWS, whichever side AWS turns out to be on.
//
// The default is the awkward side wherever that is likely.
package quirk

import (
	"fmt"
	"slices"
	"strings"
)

// Name names a quirk, as in --quirk NAME=VALUE.
type Name string

// Quirk is one switch.
type Quirk struct {
	Name Name
	// Values are the sides; the first is the default.
	Values []string
	// Doc says in a sentence what the quirk decides, Source where AWS leaves it open.
	Doc, Source string
}

// Default is the side that a sandbox takes when none is chosen.
func (q Quirk) Default() string { return q.Values[0] }

// Set is one choice of sides; the zero value is all defaults. It is immutable.
type Set struct{ chosen map[Name]string }

// New reads choices by name. Unknown names and values are refused by name.
func New(choices map[string]string) (Set, error) {
	s := Set{chosen: map[Name]string{}}
	for name, value := range choices {
		q, ok := find(Name(name))
		if !ok {
			return Set{}, fmt.Errorf("there is no quirk %q; there are %s", name, strings.Join(names(), ", "))
		}
		if !slices.Contains(q.Values, value) {
			return Set{}, fmt.Errorf("quirk %s is %s, not %q", name, strings.Join(q.Values, " or "), value)
		}
		s.chosen[q.Name] = value
	}
	return s, nil
}

// Is reports whether a quirk is on this side. A name or value that does not exist is a programming error and panics.
func (s Set) Is(name Name, value string) bool {
	q, ok := find(name)
	if !ok || !slices.Contains(q.Values, value) {
		panic(fmt.Sprintf("quirk %s has no value %s", name, value))
	}
	if chosen, ok := s.chosen[name]; ok {
		return chosen == value
	}
	return q.Default() == value
}

// Turned is every quirk on its other side: the last of its values.
func Turned() map[string]string {
	out := map[string]string{}
	for _, q := range All() {
		out[string(q.Name)] = q.Values[len(q.Values)-1]
	}
	return out
}

func find(name Name) (Quirk, bool) {
	all := All()
	i := slices.IndexFunc(all, func(q Quirk) bool { return q.Name == name })
	if i < 0 {
		return Quirk{}, false
	}
	return all[i], true
}

func names() []string {
	var out []string
	for _, q := range All() {
		out = append(out, string(q.Name))
	}
	return out
}
