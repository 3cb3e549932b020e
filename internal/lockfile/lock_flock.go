//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package lockfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock locks the file's folder, so no lock file is left in a git tree. Files of one
// folder share the lock, which is held for moments.
func lock(path string) (func(), error) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX) //nolint:gosec // a file descriptor fits
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", filepath.Dir(path), err), folder.Close())
	}
	return func() { _ = folder.Close() }, nil // which frees the lock
}
