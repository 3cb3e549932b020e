package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Load reads a catalog. A file that is not there is an error, see fs.ErrNotExist.
func Load(path string) (*Catalog, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// LoadOrNew is Load, with an empty catalog where there is no file.
func LoadOrNew(path string) (*Catalog, error) {
	c, err := Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Catalog{}, nil
	}
	return c, err
}

// Update reads the catalog of a file, lets change work on it and writes it, in one go:
// what others wrote to it in the meantime stays. The file is replaced as a whole, so
// that a crash leaves the old one or the new one. Nothing is written when nothing
// changed. Within a process, callers must not overlap.
func Update(path string, change func(*Catalog) error) error {
	c, err := LoadOrNew(path)
	if err != nil {
		return err
	}
	before := c.Bytes()
	if err := change(c); err != nil {
		return err
	}
	after := c.Bytes()
	if string(before) == string(after) {
		return nil
	}
	return replace(path, after)
}

// replace writes a file beside its place and moves it there.
func replace(path string, data []byte) (err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the link stays, what it leads to is replaced
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
