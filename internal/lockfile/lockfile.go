// Package lockfile lets one process at a time work on a file. The system frees the lock
// when its holder ends, however that happens.
package lockfile

import "path/filepath"

// Lock waits until nobody else, in this process or another on this machine, holds the
// lock of a file, which need not exist. The lock is not on the file itself, which may be
// replaced by another while it is held.
func Lock(path string) (unlock func(), err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return lock(path)
}
