// Package spool keeps what is too large for memory in files of a temporary directory: the bytes of S3 objects, and the
// archives that Lambda read from them.
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// DefaultLimit is how many bytes a sandbox keeps at once (2 GiB).
const DefaultLimit = 2 << 30

// Spool is a temporary directory with a limit on the bytes in it. The directory appears with the first file and is gone
// after Close. It is safe for concurrent use.
type Spool struct {
	limit int64

	mu     sync.Mutex
	dir    string
	used   int64
	closed bool
}

// New makes a spool for so many bytes.
func New(limit int64) *Spool { return &Spool{limit: limit} }

// File is a finished file of a spool.
type File struct {
	Size int64 // in bytes

	spool *Spool
	path  string
	once  sync.Once
}

// Write keeps everything that r has. On an error, be it r's own, nothing is left behind. A spool that is full answers a
// SandboxUnsupported that names the limit.
func (s *Spool) Write(r io.Reader) (*File, error) {
	dir, err := s.directory()
	if err != nil {
		return nil, err
	}
	out, err := os.CreateTemp(dir, "")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	f := &File{spool: s, path: out.Name()}
	_, err = io.Copy(&meter{out: out, file: f}, r)
	if err = errors.Join(err, out.Close()); err != nil {
		f.Remove()
		return nil, err
	}
	return f, nil
}

func (s *Spool) directory() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", errors.New("the sandbox has ended")
	}
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "layerfleet-objects-")
		if err != nil {
			return "", fmt.Errorf("temporary directory: %w", err)
		}
		s.dir = dir
	}
	return s.dir, nil
}

// meter counts what is written before it is.
type meter struct {
	out  *os.File
	file *File
}

func (m *meter) Write(p []byte) (int, error) {
	if err := m.file.spool.reserve(int64(len(p))); err != nil {
		return 0, err
	}
	m.file.Size += int64(len(p))
	return m.out.Write(p)
}

func (s *Spool) reserve(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used+n > s.limit {
		return apierr.Unsupported("more than %d bytes of S3 objects and archives at once; %d are kept", s.limit, s.used)
	}
	s.used += n
	return nil
}

// Open reads the file. A file that is open can be read to its end after Remove.
func (f *File) Open() (*os.File, error) { return os.Open(f.path) }

// Remove deletes the file, whose bytes no longer count.
func (f *File) Remove() {
	f.once.Do(func() {
		_ = os.Remove(f.path) // what is left goes with the directory
		f.spool.mu.Lock()
		f.spool.used -= f.Size
		f.spool.mu.Unlock()
	})
}

// Close removes the directory and all files.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}
