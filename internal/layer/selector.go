package layer

import (
	"strconv"
	"strings"
)

// Selector picks layer versions out of functions' layer lists. It is made by
// ParseSelector from what a person typed.
type Selector struct {
	// Name is the name of the layer; empty selects every layer.
	Name string
	// ARN restricts to the layer of one account and Region; nil means any.
	ARN *ARN
	// Version is the one version wanted; 0 means any.
	Version int64
	// OlderThan selects versions below it; 0 means no such limit. Numbers are
	// counted per Region, so that it is only a comparison within a Region.
	OlderThan int64
	// Pick, unless it is nil, decides which versions of the layer are wanted instead of
	// their numbers; What says for people which those are.
	Pick func(VersionARN) bool
	What string
}

// ParseSelector reads NAME, a layer ARN or a layer version ARN. The empty text
// selects every layer version. Its error is a *ParseError.
func ParseSelector(s string, olderThan int64) (Selector, error) {
	sel := Selector{OlderThan: olderThan}
	switch {
	case olderThan < 0:
		return Selector{}, &ParseError{strconv.FormatInt(olderThan, 10), "is not a layer version, which is a number from 1 up", ""}
	case s == "" && olderThan > 0:
		return Selector{}, &ParseError{s, "names no layer, so there is nothing to be older than", "name the layer whose versions are compared"}
	case s == "":
		return sel, nil
	case !strings.Contains(s, ":"):
		if !ValidName(s) {
			return Selector{}, &ParseError{s, "is neither the name of a layer nor an ARN", "a name has 1 to 140 letters, digits, - and _; " + shape}
		}
		sel.Name = s
		return sel, nil
	}
	arn, version, err := split(s)
	if err != nil {
		return Selector{}, err
	}
	sel.Name, sel.ARN = arn.Name, &arn
	if version == "" {
		return sel, nil
	}
	v, err := ParseVersionARN(s)
	if err != nil {
		return Selector{}, err
	}
	if olderThan > 0 {
		return Selector{}, &ParseError{s, "names one version, so it cannot be limited to older ones", "leave out the version: " + arn.String()}
	}
	sel.Version = v.Version
	return sel, nil
}

// Match reports whether the selector picks v.
func (s Selector) Match(v VersionARN) bool {
	switch {
	case s.ARN != nil && v.ARN != *s.ARN:
		return false
	case s.Name != "" && v.Name != s.Name:
		return false
	case s.Version > 0 && v.Version != s.Version:
		return false
	case s.OlderThan > 0 && v.Version >= s.OlderThan:
		return false
	}
	return s.Pick == nil || s.Pick(v)
}

// String says what is selected, for people.
func (s Selector) String() string {
	what := "any layer"
	switch {
	case s.What != "":
		return s.What
	case s.ARN != nil && s.Version > 0:
		what = s.ARN.At(s.Version).String()
	case s.ARN != nil:
		what = s.ARN.String()
	case s.Name != "":
		what = "layer " + s.Name
	}
	if s.OlderThan > 0 {
		what += " older than version " + strconv.FormatInt(s.OlderThan, 10)
	}
	return what
}
