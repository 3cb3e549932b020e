package archive_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/internal/layer/archive"
)

// put writes files below a directory; a content "→target" makes a symbolic link.
func put(t *testing.T, dir string, order []string, files map[string]string, mode fs.FileMode, at time.Time) {
	t.Helper()
	for _, name := range order {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(files[name], "→"); ok {
			if err := os.Symlink(filepath.FromSlash(target), full); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(full, []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(full, mode), os.Chtimes(full, at, at)); err != nil {
			t.Fatal(err)
		}
	}
}

// pack makes the archive of a directory.
func pack(t *testing.T, dir string) (*archive.Archive, error) {
	t.Helper()
	tree, err := archive.Open(t.Context(), dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := tree.Read(t.Context(), nil); err != nil {
		return nil, err
	}
	return tree.Pack(t.Context())
}

var sample = map[string]string{
	"python/deps/__init__.py": "x = 1\n",
	"python/deps/data.txt":    strings.Repeat("layer ", 1000),
	"bin/tool":                "#!/bin/sh\necho hi\n",
	"lib/libx.so.1":           "\x7fELF" + strings.Repeat("\x00", 14) + "\x3e\x00",
	"lib/libx.so":             "→libx.so.1",
	"lib/up":                  "→../python/deps",
	"python/ünïcode.py":       "",
}

// TestReproducible packs the same files written in other orders, at other times, with
// other modes and empty directories besides. The hash is written down: should a new Go
// compress differently, every published release would seem to have changed, and the
// compressor has to be fixed by other means.
func TestReproducible(t *testing.T) {
	const golden = "CAW0NKY/7UAs1qz5n3LUkHGHexUNXDXVBkkteYM7ixE="
	names := []string{"python/deps/__init__.py", "python/deps/data.txt", "bin/tool", "lib/libx.so.1", "lib/libx.so", "lib/up", "python/ünïcode.py"}
	backwards := make([]string, 0, len(names))
	for i := range names {
		backwards = append(backwards, names[len(names)-1-i])
	}
	one, two := t.TempDir(), t.TempDir()
	put(t, one, names, sample, 0o755, time.Unix(1e9, 0))
	put(t, two, backwards, sample, 0o640, time.Now())
	if err := os.Mkdir(filepath.Join(two, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := pack(t, one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pack(t, two)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Data, b.Data) {
		t.Error("the same files make other bytes")
	}
	if a.SHA256 != golden {
		t.Errorf("hash %s, want %s", a.SHA256, golden)
	}
	again, err := archive.Read(t.Context(), a.Data)
	if err != nil {
		t.Fatalf("what was packed is refused: %v", err)
	}
	if d := cmp.Diff(a, again); d != "" {
		t.Error(d)
	}
	modes := map[string]fs.FileMode{}
	z, err := zip.NewReader(bytes.NewReader(a.Data), int64(len(a.Data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		modes[f.Name] = f.Mode()
	}
	if modes["bin/tool"] != 0o755 || modes["lib/libx.so.1"] != 0o755 || modes["python/deps/data.txt"] != 0o644 || modes["lib/libx.so"]&fs.ModeSymlink == 0 {
		t.Errorf("modes %v", modes)
	}
}

// TestAnyDirectory is a property: whatever the files, packing twice makes the same
// bytes, and they are read back as what was packed.
func TestAnyDirectory(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // runs repeat
		files := map[string]string{}
		var order []string
		for range 1 + r.IntN(12) {
			name := strings.Repeat(string(rune('a'+r.IntN(3)))+"/", r.IntN(3)) + string(rune('a'+r.IntN(5))) + ".f"
			if _, have := files[name]; !have {
				order = append(order, name)
			}
			files[name] = strings.Repeat(string(rune(r.IntN(0x2000))), r.IntN(300))
		}
		var got [2]*archive.Archive
		for i := range got {
			dir := t.TempDir()
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			put(t, dir, order, files, 0o600|fs.FileMode(r.IntN(0o200)), time.Unix(r.Int64N(4e9), 0))
			var err error
			if got[i], err = pack(t, dir); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(got[0], got[1]); d != "" || len(got[0].Entries) != len(files) {
			t.Fatalf("seed %d: %d entries of %d files; %s", seed, len(got[0].Entries), len(files), d)
		}
		read, err := archive.Read(t.Context(), got[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got[0], read); d != "" {
			t.Fatal(d)
		}
	}
}

func TestDirectoriesRefused(t *testing.T) {
	tests := []struct{ name, link, want string }{
		{name: "outside", link: "../../etc/passwd", want: `entry "a/link" is a symbolic link to "../../etc/passwd", which leads outside the archive`},
		{name: "absolute", link: "/etc/passwd", want: "which is absolute"},
		{name: "dangling", link: "nothing", want: "where nothing is"},
		{name: "circle", link: "link", want: "which leads in a circle"},
		{name: "out and in", link: "../../x/a/file", want: "leads outside"},
		{name: "through a file", link: "file/x", want: "goes through a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "x")
			put(t, dir, []string{"a/file", "a/link"}, map[string]string{"a/file": "f", "a/link": "→" + tt.link}, 0o644, time.Now())
			if _, err := pack(t, dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := pack(t, t.TempDir()); err == nil {
		t.Error("an empty directory is a layer")
	}
}

func TestNoiseIsTooBig(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, []string{"small"}, map[string]string{"small": "s"}, 0o644, time.Now())
	f, err := os.Create(filepath.Join(dir, "huge.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(archive.MaxUnzipped+1), f.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = pack(t, dir)
	if err == nil || !strings.Contains(err.Error(), "the largest: huge.bin (262144001), small (1)") {
		t.Errorf("error %v", err)
	}
}

// raw makes a zip without any of the care that Pack takes.
func raw(t *testing.T, fill func(*zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	fill(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entry(z *zip.Writer, name, content string, mode fs.FileMode) {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(mode)
	w, err := z.CreateHeader(h)
	if err == nil {
		_, _ = io.WriteString(w, content)
	}
}

func TestHostileZips(t *testing.T) {
	tests := []struct {
		name, entry, want string
		fill              func(*zip.Writer)
	}{
		{name: "traversal", entry: "../evil", want: "leads outside", fill: func(z *zip.Writer) { entry(z, "../evil", "x", 0o644) }},
		{name: "traversal within", entry: "a/../../evil", want: "leads outside", fill: func(z *zip.Writer) { entry(z, "a/../../evil", "x", 0o644) }},
		{name: "absolute", entry: "/etc/passwd", want: "absolute", fill: func(z *zip.Writer) { entry(z, "/etc/passwd", "x", 0o644) }},
		{name: "backslash", entry: `..\evil`, want: "backslash", fill: func(z *zip.Writer) { entry(z, `..\evil`, "x", 0o644) }},
		{name: "link absolute", entry: "l", want: "which is absolute", fill: func(z *zip.Writer) { entry(z, "l", "/etc/passwd", fs.ModeSymlink|0o777) }},
		{name: "link outside", entry: "l", want: "leads outside", fill: func(z *zip.Writer) { entry(z, "l", "../x", fs.ModeSymlink|0o777) }},
		{name: "link through link", entry: "b", want: "leads outside", fill: func(z *zip.Writer) {
			entry(z, "d/e/f", "x", 0o644)
			entry(z, "a", "d/e", fs.ModeSymlink|0o777)
			entry(z, "b", "a/../../../x", fs.ModeSymlink|0o777)
		}},
		{name: "written through a link", entry: "l", want: "has other entries below it", fill: func(z *zip.Writer) {
			entry(z, "d/x", "x", 0o644)
			entry(z, "l", "d", fs.ModeSymlink|0o777)
			entry(z, "l/evil", "x", 0o644)
		}},
		{name: "duplicate", entry: "a", want: "is there twice", fill: func(z *zip.Writer) { entry(z, "a", "1", 0o644); entry(z, "a", "2", 0o644) }},
		{name: "file and directory", entry: "a/", want: "is there twice", fill: func(z *zip.Writer) { entry(z, "a", "1", 0o644); entry(z, "a/", "", fs.ModeDir|0o755) }},
		{name: "device", entry: "dev", want: "neither a file", fill: func(z *zip.Writer) { entry(z, "dev", "", fs.ModeDevice|0o644) }},
		{name: "100,000 entries", entry: "f065535", want: "one of 100000", fill: func(z *zip.Writer) {
			for i := range 100_000 {
				entry(z, "f"+string([]byte{'0' + byte(i/100000%10), '0' + byte(i/10000%10), '0' + byte(i/1000%10), '0' + byte(i/100%10), '0' + byte(i/10%10), '0' + byte(i%10)}), "", 0o644)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := archive.Read(t.Context(), raw(t, tt.fill))
			var named *archive.EntryError
			if !errors.As(err, &named) || named.Entry != tt.entry || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one of entry %q with %q", err, tt.entry, tt.want)
			}
		})
	}
}

// TestHeadersThatDisagree has zips that readers understand in two ways.
func TestHeadersThatDisagree(t *testing.T) {
	good := raw(t, func(z *zip.Writer) { entry(z, "python/a.py", "x = 1", 0o644); entry(z, "python/b.py", "y = 1", 0o644) })
	if _, err := archive.Read(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	other := func(old, now string) []byte { return bytes.Replace(good, []byte(old), []byte(now), 1) } // the first is in front of the bytes
	// From the directory at the end, counted from the beginning of what was put in front, as self-extracting archives have it.
	moved := append([]byte("#!/bin/sh\nexit\n"), good...)
	for _, tt := range []struct {
		name, want string
		data       []byte
	}{
		{name: "name", want: `entry "python/a.py" has another name in front of its bytes than in the directory of the zip`, data: other("python/a.py", "../../x.pyz")},
		{name: "method", want: "has another method", data: other("PK\x03\x04\x14\x00\x08\x00\x08", "PK\x03\x04\x14\x00\x08\x00\x00")},
		{name: "encrypted", want: "has another set of flags", data: other("PK\x03\x04\x14\x00\x08", "PK\x03\x04\x14\x00\x09")},
		{name: "no header", want: "has no header where", data: other("PK\x03\x04", "PK\x03\x05")},
		{name: "bytes in front", want: "is the first of the zip, and there are bytes before it", data: moved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := archive.Read(t.Context(), tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestBombs has zips whose content is more than anybody wants to unpack, said or not.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	said := raw(t, func(z *zip.Writer) {
		w, err := z.Create("bomb")
		for range 251 {
			if err == nil {
				_, err = io.WriteString(w, zeros)
			}
		}
	})
	if _, err := archive.Read(t.Context(), said); err == nil || !strings.Contains(err.Error(), `entry "bomb" has 263192576 bytes unzipped`) {
		t.Errorf("error %v", err)
	}
	// The same, saying that it has one byte: in the central directory, at offset 24.
	unsaid := bytes.Clone(said)
	at := bytes.Index(unsaid, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(unsaid[at+24:], 1)
	_, err := archive.Read(t.Context(), unsaid)
	if err == nil || !strings.Contains(err.Error(), `entry "bomb"`) {
		t.Errorf("error %v", err)
	}
	several := raw(t, func(z *zip.Writer) {
		for _, name := range []string{"a", "b", "c"} {
			w, err := z.Create(name)
			for range 90 {
				if err == nil {
					_, err = io.WriteString(w, zeros)
				}
			}
		}
	})
	if _, err := archive.Read(t.Context(), several); err == nil || !strings.Contains(err.Error(), "the largest: a (94371840), b (94371840)") {
		t.Errorf("error %v", err)
	}
}

// FuzzRead holds what Read says about a zip it takes: within limits, names that stay
// inside, and no entry twice.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	entry(z, "python/a.py", "x = 1", 0o644)
	entry(z, "python/l", "a.py", fs.ModeSymlink|0o777)
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := archive.Read(t.Context(), data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range a.Entries {
			if !filepath.IsLocal(filepath.FromSlash(e.Name)) || seen[e.Name] || e.Size > archive.MaxUnzipped || strings.HasPrefix(e.Link, "/") {
				t.Errorf("entry %+v", e)
			}
			seen[e.Name] = true
		}
	})
}
