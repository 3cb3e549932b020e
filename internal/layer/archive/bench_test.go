package archive_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/archive"
)

// layers are two shapes of layers: 67 MB in few large files, and 20,000 small ones.
func layers(b *testing.B) map[string]string {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // runs repeat
	// Code-like content: words that come again, of a vocabulary that does not fit a window.
	words := make([]string, 6000)
	for i := range words {
		words[i] = fmt.Sprintf("%x_%d ", r.Uint32(), i)
	}
	content := func(size int) []byte {
		var out []byte
		for len(out) < size {
			out = append(out, words[r.IntN(1+r.IntN(len(words)))]...)
		}
		return out[:size]
	}
	dirs := map[string]string{"large": b.TempDir(), "many": b.TempDir()}
	for i := range 12 {
		write(b, filepath.Join(dirs["large"], fmt.Sprintf("python/lib%d.so", i)), content(67<<20/12))
	}
	for i := range 20_000 {
		write(b, filepath.Join(dirs["many"], fmt.Sprintf("python/p%d/m%d.py", i/40, i)), content(1500))
	}
	return dirs
}

func write(b *testing.B, path string, content []byte) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPack compares with the zip command in one run: go test -bench Pack -benchtime 3x
func BenchmarkPack(b *testing.B) {
	_, missing := exec.LookPath("zip")
	for name, dir := range layers(b) {
		b.Run(name+"/read", func(b *testing.B) {
			for b.Loop() {
				tree := readTree(b, dir)
				if err := tree.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/pack", func(b *testing.B) {
			for b.Loop() {
				tree := readTree(b, dir)
				a, err := tree.Pack(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(a.Data)), "bytes")
				if err := tree.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/zip", func(b *testing.B) {
			if missing != nil {
				b.Skip(missing)
			}
			for b.Loop() {
				out := filepath.Join(b.TempDir(), "x.zip")
				cmd := exec.CommandContext(context.Background(), "zip", "-qr", out, ".") //nolint:gosec // of the benchmark's own
				cmd.Dir = dir
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				if info, err := os.Stat(out); err == nil {
					b.ReportMetric(float64(info.Size()), "bytes")
				}
			}
		})
	}
}

func readTree(b *testing.B, dir string) *archive.Tree {
	b.Helper()
	tree, err := archive.Open(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := tree.Read(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	return tree
}
