package check_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/layer/check"
	"github.com/layerfleet/layerfleet/internal/layer/runtimes"
)

// object is an ELF file without tables: its processor is all that it says.
func object(machine uint16) string {
	b := make([]byte, 20)
	copy(b, "\x7fELF\x02\x01\x01")
	b[16] = 3 // ET_DYN
	binary.LittleEndian.PutUint16(b[18:], machine)
	return string(b)
}

var (
	x86   = object(62)
	arm   = object(183)
	i386  = object(3)
	mac   = "\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00\x06\x00\x00\x00"
	win   = "MZ" + strings.Repeat("\x00", 0x3a) + "\x40\x00\x00\x00PE\x00\x00"
	class = "\xca\xfe\xba\xbe\x00\x00\x00"
)

// privateKey is none: the letters between its lines are drawn.
var privateKey = "-----BEGIN " + "PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n", 8) + "-----END " + "PRIVATE KEY-----\n"

// look checks a directory of files.
func look(t *testing.T, files map[string]string, o check.Options) *check.Report {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return source(t, dir, o)
}

func source(t *testing.T, path string, o check.Options) *check.Report {
	t.Helper()
	o.Now = runtimes.Known
	tree, r, err := check.Source(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	if tree != nil {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	}
	return r
}

// lines are the findings but those about what cannot be helped in a test: files of 20
// bytes are broken.
func lines(r *check.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Code != check.BrokenNative {
			out = append(out, string(f.Level)+": "+f.Line())
		}
	}
	return out
}

func TestFindings(t *testing.T) {
	python := []string{"python3.13"}
	both := []string{"x86_64", "arm64"}
	tests := []struct {
		name          string
		files         map[string]string
		runtimes      []string
		architectures []string
		want          []string // parts of lines, all of them
	}{
		{name: "clean", files: map[string]string{"python/a.py": "x"}, runtimes: python},
		{name: "right", files: map[string]string{"python/a.so": x86}, runtimes: python, architectures: []string{"x86_64"}},
		{
			name: "wrong processor", files: map[string]string{"python/a.so": x86}, runtimes: python, architectures: []string{"arm64"},
			want: []string{"refused: python/a.so is for x86_64, but the layer declares arm64"},
		},
		{
			name: "one of two processors", files: map[string]string{"lib/a.so": arm, "lib/b.so": arm}, architectures: both,
			want: []string{"refused: 2 files are for arm64 only, and architectures declares x86_64 as well: lib/a.so, lib/b.so"},
		},
		{
			name: "one module of two processors", architectures: both, runtimes: []string{"python3.12"},
			files: map[string]string{
				"python/p/a.cpython-312-x86_64-linux-gnu.so": x86, "python/p/a.cpython-312-aarch64-linux-gnu.so": arm,
				"python/p/b.cpython-312-x86_64-linux-gnu.so": x86,
			},
			want: []string{"refused: python/p/b.cpython-312-x86_64-linux-gnu.so is for x86_64 only"},
		},
		{name: "both processors", files: map[string]string{"lib/a.so": arm, "lib/b.so": x86}, architectures: both},
		{
			name: "npm's packages for each platform", runtimes: []string{"nodejs22.x"}, architectures: []string{"arm64"},
			files: map[string]string{
				"nodejs/node_modules/@img/sharp-linux-x64/lib/s.node": x86, "nodejs/node_modules/@img/sharp-linux-arm64/lib/s.node": arm,
				"nodejs/node_modules/@img/sharp-darwin-arm64/lib/s.node": mac,
			},
			want: []string{"note: nodejs/node_modules/@img/sharp-linux-x64/lib/s.node is for x86_64, which", "note: nodejs/node_modules/@img/sharp-darwin-arm64/lib/s.node is for macOS, which"},
		},
		{name: "none declared", files: map[string]string{"lib/a.so": arm}, want: []string{"note: lib/a.so is for arm64, and the layer declares no architectures"}},
		{name: "32 bits", files: map[string]string{"lib/a.so": i386}, architectures: both, want: []string{"refused: lib/a.so is for EM_386, which Lambda does not have"}},
		{
			name: "made on a Mac", files: map[string]string{"python/p/a.cpython-312-darwin.so": mac, "python/p/b.cpython-312-darwin.so": mac, "python/q.py": ""},
			architectures: []string{"arm64"}, runtimes: []string{"python3.12"}, want: []string{"refused: 2 files are for macOS only"},
		},
		{
			name: "made on Windows", files: map[string]string{"python/p/a.cp312-win_amd64.pyd": win}, runtimes: []string{"python3.12"},
			want: []string{"refused: python/p/a.cp312-win_amd64.pyd is for Windows only"},
		},
		{name: "a launcher of pip's", files: map[string]string{"python/pip/t64.exe": win}, runtimes: python, want: []string{"note: python/pip/t64.exe is for Windows, which"}},
		{name: "made for macOS on purpose", files: map[string]string{"nodejs/node_modules/fsevents/fsevents.node": mac}, runtimes: []string{"nodejs22.x"}, want: []string{"note: nodejs/node_modules/fsevents/fsevents.node is for macOS, which"}},
		{
			name: "another Python's", files: map[string]string{"python/p/_x.cpython-312-x86_64-linux-gnu.so": x86}, runtimes: python, architectures: []string{"x86_64"},
			want: []string{"refused: python/p/_x.cpython-312-x86_64-linux-gnu.so is for python3.12 only, and runtimes declares python3.13"},
		},
		{
			name: "one of two Pythons'", files: map[string]string{"python/_x.cpython-312-x86_64-linux-gnu.so": x86}, runtimes: []string{"python3.12", "python3.13"}, architectures: []string{"x86_64"},
			want: []string{"note: python/_x.cpython-312-x86_64-linux-gnu.so is for python3.12 only, and runtimes declares python3.13 as well"},
		},
		{name: "each Python's", files: map[string]string{"python/_x.cpython-312-x.so": x86, "python/_x.cpython-313-x.so": x86}, runtimes: python, architectures: []string{"x86_64"}},
		{name: "the stable ABI", files: map[string]string{"python/_x.abi3.so": x86}, runtimes: python, architectures: []string{"x86_64"}},
		{name: "without the GIL", files: map[string]string{"python/_x.cpython-313t-x86_64-linux-gnu.so": x86}, runtimes: python, architectures: []string{"x86_64"}, want: []string{"refused: python/_x.cpython-313t"}},
		{
			name: "packages for other Pythons", runtimes: []string{"python3.9"},
			files: map[string]string{
				"python/a-1.dist-info/METADATA": "Name: a\nRequires-Python: >=3.10\n\nRequires-Python: x", "python/b-1.dist-info/METADATA": "Name: B.b\nRequires-Python: >=3.8, !=3.9.1",
				"python/B_b-2.dist-info/METADATA": "Name: b_B\n",
			},
			want: []string{
				"note: python/a-1.dist-info says Requires-Python: >=3.10, and runtimes declares python3.9", "note: 2 folders are of the same package, b-b",
				"note: AWS ended the support of python3.9 on 2025-12-15",
			},
		},
		{
			name: "byte code", files: map[string]string{"python/__pycache__/a.cpython-311.pyc": "", "python/__pycache__/a.cpython-313.pyc": ""}, runtimes: python,
			want: []string{"note: python/__pycache__/a.cpython-311.pyc is byte code of python3.11"},
		},
		{
			name: "addons", runtimes: []string{"nodejs22.x"}, architectures: []string{"x86_64"},
			files: map[string]string{
				"nodejs/node_modules/a/lib/binding/node-v115-linux-x64/a.node": x86, "nodejs/node_modules/b/prebuilds/linux-x64/node.abi127.node": x86,
				"nodejs/node_modules/b/prebuilds/linux-x64/node.abi115.node": x86, "nodejs/node_modules/c/build/Release/c.node": x86,
			},
			want: []string{"note: nodejs/node_modules/a/lib/binding/node-v115-linux-x64/a.node is for Node.js with module version 115, and runtimes declares 127"},
		},
		{
			name: "engines", runtimes: []string{"nodejs22.x"},
			files: map[string]string{
				"nodejs/node_modules/a/package.json": `{"engines":{"node":"^18 || ^20"}}`, "nodejs/node_modules/b/package.json": `{"engines":{"node":">=22.12"}}`,
				"nodejs/node_modules/c/package.json": `{"engines":["node >= 0.2"]}`, "nodejs/node_modules/d/package.json": `{`,
			},
			want: []string{"note: nodejs/node_modules/a asks for Node.js ^18 || ^20, and runtimes declares nodejs22.x"},
		},
		{
			name: "classes", files: map[string]string{"java/lib/a/A.class": class + "\x41", "java/lib/a/B.class": class + "\x34"}, runtimes: []string{"java17"},
			want: []string{"note: java/lib/a/A.class has class files of Java 21, and java17 loads those up to Java 17", "note: AWS ended"},
		},
		{
			name: "gems", files: map[string]string{"ruby/gems/3.2.0/gems/a/a.rb": "", "ruby/gems/3.2.0/gems/b/b.rb": ""}, runtimes: []string{"ruby3.3"},
			want: []string{"note: ruby/gems/3.2.0/ is only looked into by Ruby 3.2.0"},
		},
		{
			name: "left-overs", files: map[string]string{"python/.DS_Store": "", "__MACOSX/python/._a.py": "", "python/a.py~": ""}, runtimes: python,
			want: []string{"note: __MACOSX/python/._a.py is a left-over of macOS's archiver: it goes", "note: python/.DS_Store is a left-over", "note: python/a.py~ is"},
		},
		{
			name: "secrets", runtimes: python,
			files: map[string]string{
				"python/.env": "A=b", ".git/config": "", ".git/HEAD": "", "python/.env.example": "",
				"python/a.py": "x = 1\nkey = 'AK" + "IAQ3EGRLZB7KM2XW5N'\n",
			},
			want: []string{
				"refused: python/.env is of a kind that must not leave: an environment file",
				"refused: 2 files are of a kind that must not leave: version control: .git/HEAD, .git/config",
				"refused: python/a.py:2 has what looks like a secret: aws access token",
			},
		},
		{
			name: "keys of packages' tests", runtimes: python,
			files: map[string]string{
				"python/tornado/test/test.key": privateKey, "python/tornado-1.dist-info/RECORD": "tornado/test/test.key,sha256=x,1\n", "python/own/test/test.key": privateKey,
				"nodejs/node_modules/public-encrypt/test/ec.priv": privateKey,
			},
			want: []string{
				"refused: python/own/test/test.key:1 has what looks like a secret: private key",
				"note: 2 files have what looks like a secret, among the tests of installed packages: private key: nodejs/node_modules/public-encrypt/test/ec.priv:1, python/tornado/test/test.key:1",
			},
		},
		{
			name: "folders of one version each", runtimes: []string{"python3.12", "python3.13", "nodejs22.x", "nodejs24.x"}, architectures: []string{"x86_64"},
			files: map[string]string{
				"python/lib/python3.12/site-packages/_x.cpython-312-x.so": x86, "python/lib/python3.13/site-packages/_x.cpython-313-x.so": x86,
				"python/lib/python3.12/site-packages/a-1.dist-info/METADATA": "Name: a\nRequires-Python: <3.13\n",
				"nodejs/node22/node_modules/a/package.json":                  `{"engines":{"node":"22"}}`, "nodejs/node24/node_modules/a/package.json": `{"engines":{"node":"24"}}`,
			},
		},
		{name: "too high", files: map[string]string{"deps/a.py": ""}, runtimes: []string{"python3.12", "python3.13"}, want: []string{"note: nothing is where python3.12 looks"}},
		{name: "node", files: map[string]string{"node_modules/x/index.js": ""}, runtimes: []string{"nodejs22.x"}, want: []string{"such as nodejs/node_modules/"}},
		{name: "extension", files: map[string]string{"extensions/agent": "#!/bin/sh"}, runtimes: []string{"java21"}},
		{name: "other folder", files: map[string]string{"python/lib/python3.11/site-packages/a.py": ""}, runtimes: []string{"python3.12"}, want: []string{"is only looked into by python3.11"}},
		{
			name: "runtimes", files: map[string]string{"x": ""}, runtimes: []string{"cobol85", "pythn3.12", "python3.7"},
			want: []string{"refused: pythn3.12 is no runtime of Lambda", "refused: PublishLayerVersion does not accept python3.7 any more", "note: nothing is where python3.7", "note: cobol85 is not among"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lines(look(t, tt.files, check.Options{Runtimes: tt.runtimes, Architectures: tt.architectures}))
			if len(got) != len(tt.want) {
				t.Errorf("got %d lines:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(tt.want), strings.Join(tt.want, "\n"))
			}
			for _, want := range tt.want {
				if !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, want) }) {
					t.Errorf("no line with %q in\n%s", want, strings.Join(got, "\n"))
				}
			}
		})
	}
}

// pack makes a zip with modes.
func pack(t *testing.T, modes map[string]fs.FileMode) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(modes)) {
		h := &zip.FileHeader{Name: name}
		h.SetMode(modes[name])
		if _, err := z.CreateHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModes(t *testing.T) {
	r := source(t, pack(t, map[string]fs.FileMode{
		"python/": fs.ModeDir | 0o700, "python/m.py": 0o600, "python/n.py": 0o644, "extensions/agent": 0o644, "extensions/ok": 0o755,
		"bin/su": fs.ModeSetuid | 0o755, "extensions/lib/data": 0o644,
	}), check.Options{})
	want := []string{
		"refused: extensions/agent has mode 0644: Lambda starts what is in extensions/, and may not execute it",
		"refused: bin/su has the setuid or setgid bit",
		"refused: python/ has mode 0700: functions do not run as the owner, and may not enter it",
		"refused: python/m.py has mode 0600: functions do not run as the owner, and may not read it",
	}
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestAllow(t *testing.T) {
	r := look(t, map[string]string{"python/a.so": x86, "python/b.so": x86}, check.Options{
		Architectures: []string{"arm64"}, Allow: []check.Allow{{Path: "a.so", Reason: "a tool"}, {Path: "/c", Reason: "gone"}},
	})
	want := []string{
		"refused: python/b.so is for x86_64, but the layer declares arm64",
		"note: allow: /c lets nothing pass that would be refused",
		"note: python/a.so is for x86_64, but the layer declares arm64 (allowed: a tool)",
	}
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestUnsafeArchive(t *testing.T) {
	r := source(t, pack(t, map[string]fs.FileMode{"python/\x1b[31mred": 0o644}), check.Options{})
	want := `refused: "python/\x1b[31mred" has a name that cannot be unpacked: it has the control character U+001B, which can forge what a terminal shows`
	if got := lines(r); len(got) != 1 || got[0] != want {
		t.Errorf("got %q", got)
	}
}
