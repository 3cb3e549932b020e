package publish_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/publish"
)

// library is a shared library for x86_64, without tables.
const library = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00"

// TestCases are public complaints about layers (their numbers are of the project's
// collection): each was published without a word.
func TestCases(t *testing.T) {
	type member struct {
		mode fs.FileMode
		text string
	}
	tests := []struct {
		name     string
		files    map[string]string // of a directory
		zip      map[string]member
		runtimes []string
		arch     string
		refused  []string
		noted    []string
	}{
		{
			name: "06 modes in a zip", runtimes: []string{"python3.12"},
			zip:     map[string]member{"python/m.py": {0o600, "x = 1\n"}, "extensions/agent": {0o644, "#!/bin/sh\n"}},
			refused: []string{"python/m.py has mode 0600", "extensions/agent has mode 0644"},
		},
		{
			name: "07 another Python", runtimes: []string{"python3.13"}, arch: "x86_64",
			files:   map[string]string{"python/pkg/__init__.py": "", "python/pkg/_x.cpython-312-x86_64-linux-gnu.so": library},
			refused: []string{"python/pkg/_x.cpython-312-x86_64-linux-gnu.so is for python3.12 only, and runtimes declares python3.13"},
		},
		{
			name: "09 macOS only", runtimes: []string{"python3.12"}, arch: "arm64",
			files:   map[string]string{"python/pkg/__init__.py": "", "python/pkg/_x.cpython-312-darwin.so": "\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00\x06\x00\x00\x00"},
			refused: []string{"python/pkg/_x.cpython-312-darwin.so is for macOS only"},
		},
		{
			name: "10 musl", runtimes: []string{"python3.12"}, arch: "x86_64",
			files: map[string]string{"python/_x.cpython-312-x86_64-linux-musl.so": library},
			noted: []string{"python/_x.cpython-312-x86_64-linux-musl.so is for musl (Alpine)"},
		},
		{
			name: "20 left-overs of macOS", runtimes: []string{"python3.12"},
			zip:   map[string]member{"python/m.py": {0o644, "x"}, "__MACOSX/python/._m.py": {0o644, "x"}, "python/.DS_Store": {0o644, "x"}},
			noted: []string{"__MACOSX/python/._m.py is a left-over of macOS's archiver", "python/.DS_Store is a left-over of macOS's Finder"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, "us-east-1")
			for name, text := range tt.files {
				w.write(name, text)
			}
			w.layer.Runtimes, w.layer.Architectures = tt.runtimes, nil
			if tt.arch != "" {
				w.layer.Architectures = []string{tt.arch}
			}
			if tt.zip != nil {
				var b bytes.Buffer
				z := zip.NewWriter(&b)
				for name, m := range tt.zip {
					h := &zip.FileHeader{Name: name}
					h.SetMode(m.mode)
					f, err := z.CreateHeader(h)
					if err == nil {
						_, err = f.Write([]byte(m.text))
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				w.layer.Source += ".zip"
				if err := errors.Join(z.Close(), os.WriteFile(w.layer.Source, b.Bytes(), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			p, err := w.prepare()
			_, refused := errors.AsType[*publish.Refusal](err)
			if refused != (len(tt.refused) > 0) || err != nil && !refused {
				t.Fatalf("error %v", err)
			}
			for _, want := range tt.refused {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
			notes := strings.Join(p.Layers[0].Notes, "\n")
			for _, want := range tt.noted {
				if !strings.Contains(notes, want) {
					t.Errorf("%q is not noted in\n%s", want, notes)
				}
			}
			if _, err := os.Stat(w.catalog); err == nil {
				t.Error("the catalog was written before anything was agreed to")
			}
		})
	}
}
