// Package runtimes is what is known of Lambda's runtimes, with source and date: which
// system each stands on, which binaries its language loads, and until when it lives.
// The table says what was true on [Known]; a runtime that it lacks is a newer one, or a
// slip of the pen, and [Judge] tells the two apart.
package runtimes

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/internal/hint"
)

// Known is the day of the table.
var Known = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// Runtime is one of Lambda's runtimes.
type Runtime struct {
	ID     string // as CompatibleRuntimes has it
	System *System
	// Python is the version of CPython as in python3.12, "3.12"; empty for other languages.
	Python string
	// NodeMajor and NodeModule are Node.js's major version and its module version
	// (process.versions.modules); NodeModule is 0 where it is not known.
	NodeMajor, NodeModule int
	// JavaClass is the highest major version of class files that it loads.
	JavaClass int
	// Ruby is Ruby's ABI, the folder below ruby/gems, as in "3.3.0".
	Ruby string
	// Deprecated is when AWS ends, or ended, its support; zero where no date is known.
	Deprecated time.Time
	// Blocked is when functions can no longer be made with it, by AWS's schedule.
	Blocked time.Time
	// Refused says that PublishLayerVersion does not accept it any more.
	Refused bool
}

// Find is the runtime of an identifier; nil where the table lacks it.
func Find(id string) *Runtime {
	i := slices.IndexFunc(table, func(r Runtime) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &table[i]
}

// IDs are all identifiers of the table.
func IDs() []string {
	ids := make([]string, len(table))
	for i, r := range table {
		ids[i] = r.ID
	}
	return ids
}

// Standing is what can be said of an identifier.
type Standing int

// The standings.
const (
	Current  Standing = iota // AWS supports it
	Retired                  // AWS ended its support, and still accepts it
	Unknown                  // the table lacks it: it may be newer
	Refused                  // AWS does not accept it any more
	NearMiss                 // it looks like a slip of the pen
)

// future are the forms of identifiers that AWS may give to runtimes to come.
var future = regexp.MustCompile(`^(python3\.[0-9]{1,2}|nodejs[0-9]{2}\.x|java[0-9]{1,2}(\.al20[0-9]{2})?|ruby[0-9]\.[0-9]|dotnet[0-9]{1,2}|provided\.al20[0-9]{2})$`)

// Judge says how an identifier stands at a time; near is what may have been meant.
func Judge(id string, now time.Time) (s Standing, near string) {
	r := Find(id)
	switch {
	case r == nil && future.MatchString(id):
		return Unknown, ""
	case r == nil:
		if near = hint.Nearest(strings.ToLower(id), accepted()); near != "" {
			return NearMiss, near
		}
		return Unknown, ""
	case r.Refused:
		return Refused, ""
	case !r.Deprecated.IsZero() && !now.Before(r.Deprecated):
		return Retired, ""
	}
	return Current, ""
}

// accepted are the identifiers that AWS accepts.
func accepted() []string {
	var ids []string
	for _, r := range table {
		if !r.Refused {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
