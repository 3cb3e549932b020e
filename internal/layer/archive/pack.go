package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Pack makes the archive of a directory. Files and symbolic links that stay inside
// the directory are taken; directories themselves are not, so that an empty one, which
// git would not keep either, makes no difference. Any other kind of file is an error.
//
// A file is executable (0755) when it begins as something the system can execute, an
// ELF file or a script with "#!", and 0644 otherwise: the modes that the directory
// happens to have differ between checkouts and systems, and a file that its owner
// alone may read would fail in Lambda.
func Pack(ctx context.Context, dir string) (*Archive, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // only read
	entries, err := walk(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if err := check(entries); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	data, err := write(ctx, root, entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	a := &Archive{Data: data, SHA256: Sum(data), Entries: entries}
	for _, e := range entries {
		a.Unzipped += e.Size
	}
	return a, nil
}

// walk lists what is in the directory, by name.
func walk(ctx context.Context, root *os.Root) ([]Entry, error) {
	var entries []Entry
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			return nil
		case len(entries) == MaxEntries:
			return &EntryError{name, fmt.Sprintf("is one more than the %d that an archive may have", MaxEntries), ""}
		}
		e := Entry{Name: name}
		switch d.Type() {
		case 0:
			info, err := d.Info()
			if err != nil {
				return err
			}
			e.Size = info.Size()
		case fs.ModeSymlink:
			target, err := root.Readlink(name)
			if err != nil {
				return err
			}
			e.Link = filepath.ToSlash(target)
			e.Size = int64(len(e.Link))
		default:
			return &EntryError{name, "is neither a file, a directory nor a symbolic link", "leave it out of the layer's directory"}
		}
		entries = append(entries, e)
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, err
}

// packTime is the time of every entry: the first that a zip can hold.
var packTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// write makes the zip, and notes content and format of the entries on the way.
func write(ctx context.Context, root *os.Root, entries []Entry) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for i := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := add(z, root, &entries[i]); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func add(z *zip.Writer, root *os.Root, e *Entry) error {
	var content io.Reader = strings.NewReader(e.Link)
	mode := fs.ModeSymlink | 0o777
	if e.Link == "" {
		f, err := root.Open(filepath.FromSlash(e.Name))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		head, err := io.ReadAll(io.LimitReader(f, headSize))
		if err != nil {
			return err
		}
		e.Format, mode = formatOf(head), 0o644
		if e.Format.executable() {
			mode = 0o755
		}
		content = io.MultiReader(bytes.NewReader(head), f)
	}
	h := &zip.FileHeader{Name: e.Name, Method: zip.Deflate}
	h.SetMode(mode)
	// The old fields alone: with Modified, Go adds an extra field besides.
	//nolint:staticcheck // that is why
	h.ModifiedDate, h.ModifiedTime = dosDate(packTime)
	w, err := z.CreateHeader(h)
	if err != nil {
		return err
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(content, e.Size+1))
	if err != nil {
		return err
	}
	if n != e.Size {
		return &EntryError{e.Name, "changed while it was read", "pack a directory that nothing writes to"}
	}
	e.CRC32 = sum.Sum32()
	return nil
}

// dosDate is a time as a zip holds it.
func dosDate(t time.Time) (date, clock uint16) {
	return uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9), uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11) //nolint:gosec // both fit by construction
}

var errName = errors.New("not a name")

// validName refuses names that lead outside, or that systems understand differently.
func validName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: it is not UTF-8", errName)
	case strings.ContainsRune(name, 0):
		return fmt.Errorf("%w: it has a zero byte", errName)
	case strings.Contains(name, `\`):
		return fmt.Errorf(`%w: it has a backslash, which some systems take for a slash`, errName)
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("%w: it is absolute", errName)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return fmt.Errorf("%w: it leads outside the archive", errName)
	case !fs.ValidPath(name), name == ".":
		return fmt.Errorf("%w: it is not in its shortest form", errName)
	}
	return nil
}
