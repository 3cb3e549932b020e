// Package atomicfile writes files that are whole at every moment: a crash leaves the
// old content or the new one.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Write replaces the content of a file, or makes it. The new content is written next
// to it and moved to its place. A symbolic link stays, and what it leads to is replaced.
// The mode of a file that exists stays; a new one can be read by everybody.
func Write(path string, data []byte) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
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
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The new name is on disk when the folder is. Some systems cannot sync folders.
	if dir, err := os.Open(filepath.Dir(path)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// leftOver are the names of files that Write was killed in the midst of.
var leftOver = regexp.MustCompile(`^\.(.+)\.[0-9]+$`)

// Sweep takes away what writers of a file left behind when they were killed; of any file
// of the folder, where path is a folder. Nobody may be writing meanwhile: the caller holds
// a lock.
func Sweep(path string) error {
	dir, only := filepath.Dir(path), filepath.Base(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		dir, only = path, ""
	}
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		m := leftOver.FindStringSubmatch(e.Name())
		if m != nil && e.Type().IsRegular() && (only == "" || m[1] == only) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
