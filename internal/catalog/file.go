package catalog

import (
	"errors"
	"io/fs"

	"github.com/layerfleet/layerfleet/internal/atomicfile"
	"github.com/layerfleet/layerfleet/internal/lockfile"
	"github.com/layerfleet/layerfleet/internal/yamldoc"
)

// Load reads a catalog. A file that is not there is an error, see fs.ErrNotExist.
func Load(path string) (*Catalog, error) {
	data, err := yamldoc.ReadFile(path)
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

// Update reads the catalog of a file, lets change work on it and writes it, in one go
// and under a lock that every process on the machine respects: what others wrote to it
// in the meantime stays. The file is replaced as a whole, so a crash leaves the old one
// or the new one; what a killed writer left next to it goes away. Nothing is written when
// nothing changed.
func Update(path string, change func(*Catalog) error) error {
	unlock, err := lockfile.Lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	if err := atomicfile.Sweep(path); err != nil {
		return err
	}
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
	return atomicfile.Write(path, after)
}
