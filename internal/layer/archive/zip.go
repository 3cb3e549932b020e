package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// zipped is a source that is a zip.
type zipped struct {
	data  []byte
	files []*zip.File // of the tree's entries
}

func (z zipped) zip() []byte  { return z.data }
func (z zipped) close() error { return nil }

// FromZip lists a zip. Nothing is unpacked yet; [Tree.Read] unpacks every entry in
// memory, to see that sizes and checksums are what the directory of the zip says, and
// never more than MaxUnzipped.
func FromZip(ctx context.Context, data []byte) (*Tree, error) {
	if int64(len(data)) > maxZipped {
		return nil, tooBigZipped(int64(len(data)))
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // whose names are looked at below
		return nil, fmt.Errorf("not a zip archive: %w", err)
	}
	if len(z.File) > MaxEntries {
		return nil, &EntryError{z.File[MaxEntries].Name, fmt.Sprintf("is one of %d, more than the %d that an archive may have", len(z.File), MaxEntries), ""}
	}
	if len(z.File) == 0 {
		return nil, errEmpty
	}
	t := &Tree{}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, err := header(f)
		if err != nil {
			return nil, err
		}
		if files[e.Name] != nil {
			return nil, &EntryError{f.Name, "is there twice", "readers disagree about which of the two counts"}
		}
		files[e.Name] = f
		if e.Mode.IsDir() {
			t.Folders = append(t.Folders, e)
		} else {
			t.Entries = append(t.Entries, e)
		}
	}
	byName := func(x, y Entry) int { return strings.Compare(x.Name, y.Name) }
	slices.SortFunc(t.Entries, byName)
	slices.SortFunc(t.Folders, byName)
	if size := total(t.Entries); size > MaxUnzipped {
		return nil, tooBigUnzipped(size, t.Entries)
	}
	if err := localHeaders(data, z.File[0].Name); err != nil {
		return nil, err
	}
	source := zipped{data: data}
	for i := range t.Entries {
		e := &t.Entries[i]
		f := files[e.Name]
		source.files = append(source.files, f)
		if e.Mode.Type() == fs.ModeSymlink {
			if err := readLink(f, e); err != nil {
				return nil, err
			}
		}
	}
	t.source = source
	return t.finish()
}

// header checks what the zip says about an entry, before anything is unpacked.
func header(f *zip.File) (Entry, error) {
	e := Entry{Name: strings.TrimSuffix(f.Name, "/"), Mode: f.Mode(), Size: int64(f.UncompressedSize64)} //nolint:gosec // compared below
	if err := validName(e.Name); err != nil {
		return e, badName(f.Name, err)
	}
	kind := f.Mode().Type()
	folder := strings.HasSuffix(f.Name, "/")
	const longestLink = 4096 // PATH_MAX of Linux
	fail := func(problem, advice string) (Entry, error) { return e, &EntryError{f.Name, problem, advice} }
	switch {
	case f.Flags&1 != 0:
		return fail("is encrypted", "")
	case folder != (kind == fs.ModeDir), kind != 0 && kind != fs.ModeDir && kind != fs.ModeSymlink:
		return fail("is neither a file, a directory nor a symbolic link", "")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fail(fmt.Sprintf("is compressed by method %d, which Lambda does not know", f.Method), "")
	case f.UncompressedSize64 > MaxUnzipped:
		return fail(fmt.Sprintf("has %d bytes unzipped, more than the %d of all layers", f.UncompressedSize64, MaxUnzipped), "")
	case folder && f.UncompressedSize64 > 0:
		return fail("is a directory with content", "")
	case kind == fs.ModeSymlink && f.UncompressedSize64 > longestLink:
		return fail("is a symbolic link with a target that is too long", "")
	}
	return e, nil
}

func readLink(f *zip.File, e *Entry) error {
	target, err := unpack(f, e)
	if err != nil {
		return err
	}
	if e.Link = string(target); e.Link == "" {
		return &EntryError{f.Name, "is a symbolic link to nothing", ""}
	}
	return nil
}

func (z zipped) read(i int, e *Entry) ([]byte, error) { return unpack(z.files[i], e) }

// unpack reads an entry to its end, and not beyond what it says it has. The zip reader
// compares the checksum.
func unpack(f *zip.File, e *Entry) ([]byte, error) {
	fail := func(err error) error {
		return &EntryError{f.Name, "cannot be unpacked: " + strings.TrimPrefix(err.Error(), "zip: "), "the archive is damaged, or made to harm"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, fail(err)
	}
	defer func() { _ = r.Close() }() // only read
	var content bytes.Buffer
	if e.Size <= int64(len(f.Name))+int64(f.CompressedSize64)*1100 { //nolint:gosec // deflate packs at most 1032 to 1: what it says may be true
		content.Grow(int(e.Size) + bytes.MinRead)
	}
	if _, err := content.ReadFrom(io.LimitReader(r, e.Size+1)); err != nil {
		return nil, fail(err)
	}
	if int64(content.Len()) != e.Size {
		return nil, &EntryError{f.Name, fmt.Sprintf("has other than the %d bytes that it says", e.Size), "the archive is damaged, or made to harm"}
	}
	return content.Bytes(), nil
}

func total(entries []Entry) (n int64) {
	for _, e := range entries {
		n += e.Size
	}
	return n
}
