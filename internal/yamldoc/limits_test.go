package yamldoc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

// TestLimits refuses what would take all memory, or never end, within a second.
func TestLimits(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, size int64) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if size > 0 {
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	tests := []struct{ name, path, want string }{
		{name: "100 MB", path: write("large", "- a\n", 100<<20), want: "has 104857600 bytes, more than the 25165824 that are read"},
		{name: "a folder", path: dir, want: "is not a file, but a directory"},
		{name: "a device", path: "/dev/zero", want: "is not a file, but a device"},
		{name: "deep", path: write("deep", strings.Repeat("[", 200)+strings.Repeat("]", 200), 0), want: ":1:65: is nested more than 64 levels deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := os.Stat(tt.path); err != nil {
				t.Skip(err)
			}
			begin := time.Now()
			data, err := yamldoc.ReadFile(tt.path)
			if err == nil {
				_, err = yamldoc.Parse(tt.path, data)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestManyProblems tells the first hundred of half a million.
func TestManyProblems(t *testing.T) {
	const many = 100_000
	var text strings.Builder
	for i := range many {
		text.WriteString("k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "_" + time.Duration(i).String() + ": 1\n")
	}
	d, err := yamldoc.Parse("f.yaml", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	d.Root().Fields("layers")
	lines := strings.Split(d.Err().Error(), "\n")
	if len(lines) != 101 || !strings.HasPrefix(lines[0], "f.yaml:1:1: ") || lines[100] != "f.yaml: and 99900 more problems" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}
