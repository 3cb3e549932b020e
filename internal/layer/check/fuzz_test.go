package check_test

import (
	"archive/zip"
	"bytes"
	"testing"
	"unicode"

	"github.com/layerfleet/layerfleet/internal/layer/archive"
	"github.com/layerfleet/layerfleet/internal/layer/check"
)

// FuzzTree looks into one file of any name and content: whatever it is, it does no harm,
// and no line that is said of it can forge another.
func FuzzTree(f *testing.F) {
	f.Add("python/a.cpython-312-x86_64-linux-gnu.so", []byte(x86))
	f.Add("java/lib/a.jar", []byte("PK\x05\x06"))
	f.Add("python/a-1.dist-info/METADATA", []byte("Name: a\nRequires-Python: >=3.10,!=3.12.*\n"))
	f.Add("nodejs/node_modules/a/package.json", []byte(`{"engines":{"node":">=18 || ^16"}}`))
	f.Add("bin/a.exe", []byte(win))
	o := check.Options{Runtimes: []string{"python3.12", "nodejs22.x", "java17", "ruby3.3"}, Architectures: []string{"arm64"}}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		h := &zip.FileHeader{Name: name}
		h.SetMode(0o644)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil || z.Close() != nil {
			return
		}
		tree, err := archive.FromZip(t.Context(), b.Bytes())
		if err != nil {
			return
		}
		r := &check.Report{}
		if err := check.Tree(t.Context(), tree, o, r); err != nil {
			t.Fatal(err)
		}
		for _, one := range r.Findings {
			for _, c := range one.Line() {
				if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
					t.Errorf("%q", one.Line())
				}
			}
		}
	})
}
