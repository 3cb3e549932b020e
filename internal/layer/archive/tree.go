package archive

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/layerfleet/layerfleet/internal/layer/native"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// Tree is what a layer consists of.
type Tree struct {
	// Entries are the files and symbolic links, by name.
	Entries []Entry
	// Folders are the directories that a zip has entries of, with their modes; a
	// directory on disk has none.
	Folders []Entry
	// Unzipped is the size of all files, in bytes.
	Unzipped int64
	// Ignored is how many files and folders .layerignore kept out.
	Ignored int
	// Content is the hash of what a function gets: paths, modes and contents, in base64,
	// once they were read. It does not depend on compressor, times or order.
	Content string

	source source
	// small are contents that Read kept, so that Pack need not open thousands of files
	// again; nil for the others.
	small [][]byte
}

// Of a file and of all files that are kept in memory, in bytes.
const (
	mostSmall = 64 << 10
	mostKept  = 64 << 20
)

// source reads the contents of a tree.
type source interface {
	// read is the content of an entry, of exactly its size.
	read(i int, e *Entry) ([]byte, error)
	// zip is the archive, where the source is one.
	zip() []byte
	close() error
}

// Open lists the content of a source: a directory, or a zip, which is taken as it is.
// The tree must be closed. Its errors name the entry, where it is about one.
func Open(ctx context.Context, path string) (*Tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var t *Tree
	switch {
	case info.IsDir():
		t, err = fromDirectory(ctx, path)
	case !info.Mode().IsRegular():
		err = errors.New("it is neither a directory nor a file")
	case info.Size() > maxZipped:
		err = tooBigZipped(info.Size())
	default:
		var data []byte
		if data, err = os.ReadFile(path); err != nil { //nolint:gosec // the user names it
			return nil, err
		}
		t, err = FromZip(ctx, data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Close lets the source go.
func (t *Tree) Close() error { return t.source.close() }

// Read reads every file once. visit gets each, several at once, and must neither keep nor
// change the bytes; nil reads for the sums alone. What it does to its entry stays.
func (t *Tree) Read(ctx context.Context, visit func(e *Entry, content []byte) error) error {
	quiet := func(int, int) {}
	t.small = make([][]byte, len(t.Entries))
	var kept atomic.Int64
	err := parallel.Each(ctx, len(t.Entries), runtime.GOMAXPROCS(0), quiet, func(_ context.Context, i int) error {
		e := &t.Entries[i]
		content, err := t.source.read(i, e)
		if err != nil {
			return err
		}
		e.Sum = sha256.Sum256(content)
		if e.Link == "" {
			e.Kind = native.Sniff(content[:min(len(content), native.HeadSize)])
		}
		if t.source.zip() == nil {
			e.Mode = modeOf(e)
			if e.Size <= mostSmall && kept.Add(e.Size) <= mostKept {
				t.small[i] = content
			}
		}
		if visit == nil || e.Link != "" {
			return nil
		}
		return visit(e, content)
	})
	if err != nil {
		return err
	}
	t.Content = contentHash(t.Entries)
	return nil
}

// modeOf is the mode of an entry of a directory. A file is executable when it begins as
// something that Linux can execute, an ELF file or a script with "#!": the modes that
// the directory happens to have differ between checkouts and systems, and a file that
// its owner alone may read would fail in Lambda.
func modeOf(e *Entry) fs.FileMode {
	switch {
	case e.Link != "":
		return fs.ModeSymlink | 0o777
	case e.Kind.Executable():
		return 0o755
	}
	return 0o644
}

// contentHash is the hash of what the entries are, in the order of their names.
func contentHash(entries []Entry) string {
	h := sha256.New()
	_, _ = h.Write([]byte("layerfleet content 1\n")) // a hash takes everything
	for _, e := range entries {
		writeEntry(h, e)
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func writeEntry(h hash.Hash, e Entry) {
	kind, mode := "file", unixMode(e.Mode)
	if e.Link != "" {
		kind, mode = "link", 0o777 // whatever the zip says: Linux asks for the target's
	}
	_, _ = fmt.Fprintf(h, "%s %04o %d %x %q\n", kind, mode, e.Size, e.Sum, e.Name)
}

// unixMode is the permissions of a mode as a number of Unix, with the bits for
// setuid, setgid and sticky.
func unixMode(m fs.FileMode) uint32 {
	n := uint32(m.Perm())
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if m&flag != 0 {
			n |= bit
		}
	}
	return n
}

// finish adds up the entries, and checks the tree that they make.
func (t *Tree) finish() (*Tree, error) {
	for _, e := range t.Entries {
		t.Unzipped += e.Size
	}
	return t, check(t.Entries)
}

// clip is a name for an error: not longer than a line.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
