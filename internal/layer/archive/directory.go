package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/layerfleet/layerfleet/internal/layer/ignore"
)

// directory is a source on disk. Reading through an os.Root keeps links that are made
// meanwhile from leading outside.
type directory struct{ root *os.Root }

func (d directory) zip() []byte  { return nil }
func (d directory) close() error { return d.root.Close() }

// fromDirectory lists a directory. Files and symbolic links that stay inside are taken;
// directories themselves are not, so that an empty one, which git would not keep
// either, makes no difference. Any other kind of file is an error.
func fromDirectory(ctx context.Context, dir string) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &Tree{source: directory{root}}
	if err = t.walk(ctx, root); err == nil {
		t, err = t.finish()
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return t, nil
}

// walk lists what is in the directory, by name.
func (t *Tree) walk(ctx context.Context, root *os.Root) error {
	left, err := readIgnore(root)
	if err != nil {
		return err
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case name == ".", name == ignore.FileName:
			return nil
		case left.Ignores(name, d.IsDir()):
			t.Ignored++
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case len(t.Entries) == MaxEntries:
			return &EntryError{name, fmt.Sprintf("is one more than the %d that an archive may have", MaxEntries), ""}
		}
		e, err := entryOf(root, name, d)
		if err == nil {
			t.Entries = append(t.Entries, e)
		}
		return err
	})
	slices.SortFunc(t.Entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return err
}

func readIgnore(root *os.Root) (ignore.List, error) {
	const most = 1 << 20
	f, err := root.Open(ignore.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return ignore.List{}, nil
	}
	if err != nil {
		return ignore.List{}, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s has more than %d bytes", ignore.FileName, most)
	}
	return ignore.Parse(string(text)), err
}

func entryOf(root *os.Root, name string, d fs.DirEntry) (Entry, error) {
	e := Entry{Name: name}
	switch d.Type() {
	case 0:
		info, err := d.Info()
		if err != nil {
			return e, err
		}
		e.Size = info.Size()
	case fs.ModeSymlink:
		target, err := root.Readlink(name)
		if err != nil {
			return e, err
		}
		e.Link = filepath.ToSlash(target)
		e.Size = int64(len(e.Link))
	default:
		return e, &EntryError{name, "is neither a file, a directory nor a symbolic link", "leave it out of the layer's directory"}
	}
	return e, nil
}

func (d directory) read(_ int, e *Entry) ([]byte, error) {
	if e.Link != "" {
		return []byte(e.Link), nil
	}
	f, err := d.root.Open(filepath.FromSlash(e.Name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	content := make([]byte, e.Size)
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, changed(e)
	}
	if n, err := f.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return nil, changed(e)
	}
	return content, nil
}

func changed(e *Entry) error {
	return &EntryError{e.Name, "changed while it was read", "pack a directory that nothing writes to"}
}
