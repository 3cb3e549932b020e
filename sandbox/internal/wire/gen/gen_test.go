package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCurrent holds the tables of package wire to the SDK's modules in the versions of go.mod.
func TestCurrent(t *testing.T) {
	files, err := filepath.Glob("../*_gen.go")
	if err != nil || len(files) != len(services) {
		t.Errorf("%d files for %d services (%v)", len(files), len(services), err)
	}
	for _, s := range services {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want, err := generate(t.Context(), s.name, s.module)
			if err != nil {
				t.Fatal(err)
			}
			have, err := os.ReadFile("../" + fileOf(s.name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(have)); diff != "" {
				t.Errorf("the table is stale; `go generate ./...` writes it (-SDK +file):\n%s", diff)
			}
		})
	}
}
