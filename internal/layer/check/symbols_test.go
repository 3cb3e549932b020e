package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/check"
)

// TestSymbolVersions compiles libraries that need symbol versions of their own choice.
func TestSymbolVersions(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs gcc")
	}
	tests := []struct {
		name, version, soname, runtime string
		refused                        string
	}{
		{name: "old enough", version: "GLIBC_2.26", soname: "libc.so.6", runtime: "python3.11"},
		{name: "too new for Amazon Linux 2", version: "GLIBC_2.27", soname: "libc.so.6", runtime: "python3.11", refused: "needs GLIBC_2.27, and Amazon Linux 2 has GLIBC_2.26 at most (python3.11)"},
		{name: "not for 2023", version: "GLIBC_2.34", soname: "libc.so.6", runtime: "nodejs22.x"},
		{name: "too new for 2023", version: "GLIBC_2.38", soname: "libm.so.6", runtime: "provided.al2023", refused: "needs GLIBC_2.38, and Amazon Linux 2023 has GLIBC_2.34"},
		{name: "C++", version: "GLIBCXX_3.4.29", soname: "libstdc++.so.6", runtime: "java17", refused: "needs GLIBCXX_3.4.29, and Amazon Linux 2 has GLIBCXX_3.4.24"},
		{name: "zlib", version: "ZLIB_1.2.12", soname: "libz.so.1", runtime: "ruby3.3", refused: "needs ZLIB_1.2.12, and Amazon Linux 2023 has ZLIB_1.2.9"},
		{name: "of the layer's own", version: "GLIBCXX_3.4.99", soname: "libown.so.6", runtime: "java17"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			work, layer := t.TempDir(), t.TempDir()
			write(t, work, "stub.c", "int f(void) { return 1; }")
			write(t, work, "use.c", "int f(void); int g(void) { return f(); }")
			write(t, work, "map", tt.version+" { f; };")
			gcc(t, work, "-Wl,-soname,"+tt.soname, "-Wl,--version-script=map", "-o", tt.soname, "stub.c")
			lib := filepath.Join(layer, "lib")
			if err := os.Mkdir(lib, 0o750); err != nil {
				t.Fatal(err)
			}
			gcc(t, work, "-o", filepath.Join(lib, "libuse.so"), "use.c", "./"+tt.soname)
			if tt.soname == "libown.so.6" {
				gcc(t, work, "-Wl,-soname,"+tt.soname, "-Wl,--version-script=map", "-o", filepath.Join(lib, "libown.so.6.0.1"), "stub.c")
			}
			r := source(t, layer, check.Options{Runtimes: []string{tt.runtime}})
			var got []string
			for _, f := range r.Of(check.Refused) {
				got = append(got, f.Line())
			}
			if text := strings.Join(got, "\n"); (text == "") != (tt.refused == "") || !strings.Contains(text, tt.refused) {
				t.Errorf("refused: %q, want %q", text, tt.refused)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func gcc(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gcc", append([]string{"-shared", "-fPIC", "-nostdlib"}, args...)...) //nolint:gosec // of the test's own
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
