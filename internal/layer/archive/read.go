package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Read checks a zip and lists what is in it. It unpacks every entry in memory, to see
// that sizes and checksums are what the directory of the zip says; more than
// MaxUnzipped is never unpacked.
func Read(ctx context.Context, data []byte) (*Archive, error) {
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
	a := &Archive{Data: data, SHA256: Sum(data)}
	declared, err := headers(z.File)
	if err != nil {
		return nil, err
	}
	for _, e := range declared {
		if a.Unzipped += e.Size; a.Unzipped > MaxUnzipped {
			return nil, tooBigUnzipped(total(declared), declared)
		}
	}
	for i, f := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if declared[i].Name == "" {
			continue // a directory
		}
		if err := unpack(f, &declared[i]); err != nil {
			return nil, err
		}
		a.Entries = append(a.Entries, declared[i])
	}
	slices.SortFunc(a.Entries, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
	if err := check(a.Entries); err != nil {
		return nil, err
	}
	return a, nil
}

// headers checks what the zip says about its entries, before anything is unpacked.
// A directory leaves an entry without a name.
func headers(files []*zip.File) ([]Entry, error) {
	entries := make([]Entry, len(files))
	seen := make(map[string]bool, len(files))
	for i, f := range files {
		name := strings.TrimSuffix(f.Name, "/")
		kind := f.Mode().Type()
		if err := validName(name); err != nil {
			return nil, &EntryError{f.Name, "has a name that cannot be unpacked: " + strings.TrimPrefix(err.Error(), errName.Error()+": "), "pack the archive again from inside its directory"}
		}
		isDir := strings.HasSuffix(f.Name, "/")
		switch {
		case seen[name]:
			return nil, &EntryError{f.Name, "is there twice", "readers disagree about which of the two counts"}
		case f.Flags&1 != 0:
			return nil, &EntryError{f.Name, "is encrypted", ""}
		case isDir != (kind == fs.ModeDir), kind != 0 && kind != fs.ModeDir && kind != fs.ModeSymlink:
			return nil, &EntryError{f.Name, "is neither a file, a directory nor a symbolic link", ""}
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return nil, &EntryError{f.Name, fmt.Sprintf("is compressed by method %d, which Lambda does not know", f.Method), ""}
		case f.UncompressedSize64 > MaxUnzipped:
			return nil, &EntryError{f.Name, fmt.Sprintf("has %d bytes unzipped, more than the %d of all layers", f.UncompressedSize64, MaxUnzipped), ""}
		case isDir && f.UncompressedSize64 > 0:
			return nil, &EntryError{f.Name, "is a directory with content", ""}
		}
		seen[name] = true
		if !isDir {
			entries[i] = Entry{Name: name, Size: int64(f.UncompressedSize64)}
		}
	}
	return entries, nil
}

// unpack reads an entry to its end, and not beyond what it says it has.
func unpack(f *zip.File, e *Entry) error {
	fail := func(err error) error {
		return &EntryError{f.Name, "cannot be unpacked: " + strings.TrimPrefix(err.Error(), "zip: "), "the archive is damaged, or made to harm"}
	}
	r, err := f.Open()
	if err != nil {
		return fail(err)
	}
	defer func() { _ = r.Close() }() // only read
	const longestLink = 4096         // PATH_MAX of Linux
	link := f.Mode().Type() == fs.ModeSymlink
	if link && e.Size > longestLink {
		return &EntryError{f.Name, "is a symbolic link with a target that is too long", ""}
	}
	keep := int64(headSize)
	if link {
		keep = longestLink
	}
	sum := crc32.NewIEEE()
	limited := io.TeeReader(io.LimitReader(r, e.Size+1), sum)
	head, err := io.ReadAll(io.LimitReader(limited, keep))
	if err != nil {
		return fail(err)
	}
	rest, err := io.Copy(io.Discard, limited)
	if err != nil {
		return fail(err)
	}
	if int64(len(head))+rest != e.Size {
		return &EntryError{f.Name, fmt.Sprintf("has more than the %d bytes that it says", e.Size), "the archive is damaged, or made to harm"}
	}
	if e.CRC32 = sum.Sum32(); e.CRC32 != f.CRC32 {
		return fail(zip.ErrChecksum)
	}
	if link {
		if e.Link = string(head); e.Link == "" {
			return &EntryError{f.Name, "is a symbolic link to nothing", ""}
		}
		return nil
	}
	e.Format = formatOf(head)
	return nil
}

func total(entries []Entry) (n int64) {
	for _, e := range entries {
		n += e.Size
	}
	return n
}
