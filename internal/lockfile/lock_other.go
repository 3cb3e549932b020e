//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package lockfile

import "github.com/rogpeppe/go-internal/lockedfile"

// lock locks a file next to the other: folders cannot be locked here.
func lock(path string) (func(), error) { return lockedfile.MutexAt(path + ".lock").Lock() }
