package lambda

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"sync"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// Size limits of the service, in bytes (reference sheet §2.3).
const (
	maxZipped   = 52428800
	maxUnzipped = 262144000
)

// blob is an archive: bytes that came with a request, or a file that was read from S3.
type blob struct {
	bytes    []byte
	file     *spool.File
	unzipped int64
}

// blobStore keeps each archive once, whatever number of functions and layers carry it.
type blobStore struct {
	mu sync.RWMutex
	m  map[string]blob
}

// keep checks an archive and stores it; the key is its base64 SHA-256.
func (b *blobStore) keep(data []byte) (sha string, unzipped int64, err error) {
	if len(data) > maxZipped {
		return "", 0, apierr.New(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			"Zipped size must be smaller than %d bytes", maxZipped)
	}
	sum := sha256.Sum256(data)
	sha = base64.StdEncoding.EncodeToString(sum[:])
	b.mu.RLock()
	have, ok := b.m[sha]
	b.mu.RUnlock()
	if ok {
		return sha, have.unzipped, nil
	}
	if unzipped, err = unzippedSize(bytes.NewReader(data), int64(len(data))); err != nil {
		return "", 0, err
	}
	b.mu.Lock()
	b.m[sha] = blob{bytes: data, unzipped: unzipped}
	b.mu.Unlock()
	return sha, unzipped, nil
}

// unzippedSize is what an archive comes to, as its directory says.
func unzippedSize(r io.ReaderAt, size int64) (unzipped int64, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return 0, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	for _, f := range z.File {
		unzipped += int64(f.UncompressedSize64) //nolint:gosec // a size over 2^63 fails the comparison below
		if unzipped < 0 || unzipped > maxUnzipped {
			return 0, invalid("Unzipped size must be smaller than %d bytes", maxUnzipped)
		}
	}
	return unzipped, nil
}

// Blob opens the archive with the given base64 SHA-256, for the server that hands it out.
func (s *Service) Blob(sha string) (io.ReadCloser, bool) {
	s.blobs.mu.RLock()
	b, ok := s.blobs.m[sha]
	s.blobs.mu.RUnlock()
	if b.file == nil {
		return io.NopCloser(bytes.NewReader(b.bytes)), ok
	}
	f, err := b.file.Open()
	return f, err == nil
}
