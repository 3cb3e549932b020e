// Package archive is the content of a layer, before and after it becomes a zip.
//
// [Open] lists what a source has, [Tree.Read] reads every file once, for whoever wants
// to look into it and for the hash of the content, and [Tree.Pack] makes the zip. A
// directory becomes the same bytes wherever and whenever it is packed: entries in the
// order of their names, one fixed time, modes that follow from the content, one
// compressor whose version go.mod pins. What a zip may do to whoever unpacks it is
// looked for before anything else.
package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/layer/native"
)

// Limits of Lambda (quotas of "Lambda quotas" in the Developer Guide), in bytes.
const (
	MaxDirect   = 52428800  // of an archive that goes up in the request itself; larger ones take S3
	MaxUnzipped = 262144000 // of all layers of a function, with its own code
)

// maxZipped is more than any archive has that keeps MaxUnzipped: larger files are not even read.
const maxZipped = MaxUnzipped + 64<<20

// MaxEntries is how many entries an archive may have: as many as a zip counts
// without the 64-bit extension, which not every reader knows.
const MaxEntries = 65535

// Archive is a checked layer archive.
type Archive struct {
	// Data is the zip.
	Data []byte
	// SHA256 is the hash of Data in base64, which is how Lambda states CodeSha256.
	SHA256 string
	// Content is the hash of the content, see [Tree.Content].
	Content string
	// Unzipped is the size of all files, in bytes.
	Unzipped int64
	// Entries are the files and symbolic links, by name.
	Entries []Entry
}

// Entry is a file or a symbolic link in an archive.
type Entry struct {
	Name string // with slashes, below /opt in a function
	// Mode is what the archive says, with ModeSymlink for a link; of a file in a
	// directory it follows from the content, once that was read.
	Mode fs.FileMode
	Size int64 // unzipped, in bytes
	// Sum is the SHA-256 of the content; of a link, of its target.
	Sum [sha256.Size]byte
	// Link is the target of a symbolic link, empty for a file.
	Link string
	// Kind is what a file's first bytes say about where it can run.
	Kind native.Kind
}

// Read checks a zip, reads all of it and lists what is in it.
func Read(ctx context.Context, data []byte) (*Archive, error) {
	t, err := FromZip(ctx, data)
	if err != nil {
		return nil, err
	}
	if err := t.Read(ctx, nil); err != nil {
		return nil, err
	}
	return t.Pack(ctx)
}

// Direct reports whether the archive can go up in the request itself.
func (a *Archive) Direct() bool { return len(a.Data) <= MaxDirect }

// Sum is the hash of an archive as Lambda states it.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// FileName is a name for an archive that says its content, SHA256.zip in hexadecimal
// digits, from the hash as Lambda states it.
func FileName(sha256sum string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sha256sum)
	if err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("%q is not a SHA-256 in base64", sha256sum)
	}
	return hex.EncodeToString(raw) + ".zip", nil
}

// EntryError is what is wrong with one entry of an archive.
type EntryError struct {
	Entry   string // its name, as the archive has it
	Problem string // a sentence part that follows the name
	Advice  string // what would be right; may be empty
}

func (e *EntryError) Error() string { return "entry " + strconv.Quote(e.Entry) + " " + e.Problem }

// Hint is the advice, for the command line.
func (e *EntryError) Hint() string { return e.Advice }

func tooBigZipped(size int64) error {
	return fmt.Errorf("the archive has %d bytes, more than any that unpacks to at most %d", size, MaxUnzipped)
}

func tooBigUnzipped(size int64, entries []Entry) error {
	return hint.With(fmt.Errorf("the files have %d bytes unzipped, more than the %d that a function may have; the largest: %s", size, MaxUnzipped, Largest(entries)),
		"leave out tests, caches and debug symbols, or split the layer")
}

// Largest names the entries that take most of the room, with their sizes in bytes.
func Largest(entries []Entry) string {
	const most = 5
	bySize := slices.Clone(entries)
	slices.SortFunc(bySize, func(a, b Entry) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
	var list []string
	for _, e := range bySize[:min(most, len(bySize))] {
		list = append(list, fmt.Sprintf("%s (%d)", e.Name, e.Size))
	}
	return strings.Join(list, ", ")
}
