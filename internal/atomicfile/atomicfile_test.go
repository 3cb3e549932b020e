package atomicfile_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/layerfleet/layerfleet/internal/atomicfile"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{path, path, link} {
		if err := atomicfile.Write(to, []byte("for "+to)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "for "+to {
			t.Errorf("%s: %q, %v", to, got, err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(link, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := atomicfile.Write(filepath.Join(dir, "none", "file"), nil); err == nil {
		t.Error("a folder that is not there")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", ".a.yaml.123", ".b.json.7", ".a.yaml.bak", ".gitignore"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (names []string) {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			names = append(names, e.Name())
		}
		return names
	}
	if err := atomicfile.Sweep(filepath.Join(dir, "a.yaml")); err != nil || !slices.Equal(left(), []string{".a.yaml.bak", ".b.json.7", ".gitignore", "a.yaml"}) {
		t.Errorf("%v, %q", err, left())
	}
	if err := atomicfile.Sweep(dir); err != nil || !slices.Equal(left(), []string{".a.yaml.bak", ".gitignore", "a.yaml"}) {
		t.Errorf("%v, %q", err, left())
	}
	if err := atomicfile.Sweep(filepath.Join(dir, "none", "x")); err != nil {
		t.Error(err)
	}
}
