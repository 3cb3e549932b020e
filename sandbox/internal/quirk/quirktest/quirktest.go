// Package quirktest chooses quirks for tests of services.
package quirktest

import (
	"testing"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// Turned is every quirk on its other side, where little waits, but for those that are chosen.
func Turned(t testing.TB, chosen map[quirk.Name]string) quirk.Set {
	t.Helper()
	all := quirk.Turned()
	for name, value := range chosen {
		all[string(name)] = value
	}
	set, err := quirk.New(all)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
