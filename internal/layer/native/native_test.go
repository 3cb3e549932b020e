package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/native"
)

func TestSniff(t *testing.T) {
	pe := make([]byte, 0x90)
	copy(pe, "MZ")
	pe[0x3c] = 0x80
	copy(pe[0x80:], "PE\x00\x00")
	tests := []struct {
		name, head string
		want       native.Kind
	}{
		{name: "nothing"},
		{name: "text", head: "MZ is how this text begins, and it is longer than a header of sixty-four bytes"},
		{name: "script", head: "#!/bin/sh", want: native.Script},
		{name: "linux", head: "\x7fELF", want: native.ELF},
		{name: "mac", head: "\xcf\xfa\xed\xfe\x0c", want: native.MachO},
		{name: "mac, fat", head: "\xca\xfe\xba\xbe\x00\x00\x00\x02", want: native.MachO},
		{name: "java", head: "\xca\xfe\xba\xbe\x00\x00\x00\x41", want: native.Class},
		{name: "java, cut", head: "\xca\xfe\xba\xbe"},
		{name: "wasm", head: "\x00asm\x01", want: native.Wasm},
		{name: "windows", head: string(pe), want: native.PE},
	}
	for _, tt := range tests {
		if got := native.Sniff([]byte(tt.head)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if got := native.ClassVersion([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x41")); got != 65 {
		t.Errorf("class version %d", got)
	}
}

// compile makes a shared library with gcc, where there is one.
func compile(t *testing.T, source string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip("needs gcc")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "x.c"), filepath.Join(dir, "x.so")
	if err := os.WriteFile(in, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "gcc", append([]string{"-shared", "-fPIC", "-o", out, in}, args...)...) //nolint:gosec // of the test's own
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadCompiled(t *testing.T) {
	data := compile(t, `
void *PyModule_Create2(void *, int); void *malloc(unsigned long); int own(void);
void *PyInit__x(void) { return PyModule_Create2(malloc(own()), 3); }
int own(void) { return 1; }`, "-Wl,-soname,libx.so.1", "-Wl,-z,x86-64-v3")
	f, err := native.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Soname != "libx.so.1" || !f.Loadable || !slices.Contains(f.Needed, "libc.so.6") || f.Musl() {
		t.Errorf("%+v", f)
	}
	if !slices.ContainsFunc(f.Versions, func(v native.Version) bool { return v.Library == "libc.so.6" && strings.HasPrefix(v.Name, "GLIBC_2.") }) {
		t.Errorf("versions %q", f.Versions)
	}
	if !slices.Equal(f.Imports, []string{"PyModule_Create2"}) || !slices.Equal(f.Exports, []string{"PyInit__x"}) {
		t.Errorf("imports %q, exports %q", f.Imports, f.Exports)
	}
	if f.Arch == "x86_64" && f.Level != 3 {
		t.Errorf("level %d", f.Level)
	}
}

func TestReadBroken(t *testing.T) {
	header := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00\xb7\x00"
	f, err := native.Read([]byte(header))
	if err == nil || f == nil || f.Arch != "arm64" || !f.Loadable {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := native.Read([]byte("\x7fELF")); err == nil {
		t.Error("four bytes are a program")
	}
}

// FuzzRead holds that no file makes the readers panic or answer nothing at all.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00\xb7\x00"))
	f.Add([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x41"))
	if self, err := os.Executable(); err == nil {
		if data, err := os.ReadFile(self); err == nil {
			f.Add(data[:min(len(data), 1<<16)])
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		native.Sniff(data[:min(len(data), native.HeadSize)])
		native.ClassVersion(data)
		native.Managed(data)
		if file, err := native.Read(data); err == nil && (file == nil || file.Arch == "") {
			t.Errorf("%+v without an error", file)
		} else if file != nil {
			file.Musl()
		}
	})
}
