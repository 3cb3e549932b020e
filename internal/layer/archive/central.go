package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// localHeaders compares the header in front of each entry with the directory at the
// end of the zip: readers that stream go by the one, others by the other, and would
// unpack different files. A zip begins with its first entry: what stands before it is
// run by some and seen by nobody.
// name is an entry to name when the zip as a whole is meant.
func localHeaders(data []byte, name string) error {
	dir, entries, err := findDirectory(data)
	if errors.Is(err, errInFront) {
		return inFront(name)
	}
	if err != nil {
		return err
	}
	first := int64(len(data))
	for range entries {
		e, n, err := centralEntry(dir)
		if err != nil {
			return err
		}
		dir = dir[n:]
		if e.offset < first {
			first, name = e.offset, e.name
		}
		if err := e.compare(data); err != nil {
			return err
		}
	}
	if entries > 0 && first != 0 {
		return inFront(name)
	}
	return nil
}

// inFront is the error of a zip that does not begin with its first entry.
func inFront(name string) error {
	return &EntryError{clip(name), "is the first of the zip, and there are bytes before it", "some systems run them, and nobody sees them: pack the archive again"}
}

var errInFront = errors.New("there are bytes before the zip")

var errZip = errors.New("not a zip archive: its directory is damaged")

const (
	endSize   = 22
	end64Size = 56
	locator   = 20
)

// findDirectory finds the directory of the zip and the number of its entries.
func findDirectory(data []byte) (dir []byte, entries uint64, err error) {
	at := bytes.LastIndex(data, []byte("PK\x05\x06"))
	for at >= 0 && !endsAt(data, at) {
		at = bytes.LastIndex(data[:at], []byte("PK\x05\x06"))
	}
	if at < 0 {
		return nil, 0, errZip
	}
	le := binary.LittleEndian
	entries = uint64(le.Uint16(data[at+10:]))
	size, offset := uint64(le.Uint32(data[at+12:])), uint64(le.Uint32(data[at+16:]))
	stop := uint64(at) //nolint:gosec // not below 0
	if at >= locator && bytes.HasPrefix(data[at-locator:], []byte("PK\x06\x07")) {
		at64 := le.Uint64(data[at-locator+8:])
		if at64 > uint64(len(data)) || uint64(len(data))-at64 < end64Size || !bytes.HasPrefix(data[at64:], []byte("PK\x06\x06")) {
			return nil, 0, errInFront // its offsets count from elsewhere
		}
		entries, size, offset, stop = le.Uint64(data[at64+32:]), le.Uint64(data[at64+40:]), le.Uint64(data[at64+48:]), at64
	}
	switch {
	case offset > stop || size > stop-offset:
		return nil, 0, errZip
	case offset+size < stop:
		// Counted from the end of the directory, its offsets are too low: something was put in front.
		return nil, 0, errInFront
	}
	return data[offset : offset+size], entries, nil
}

// endsAt reports whether the record at a place ends the file with its comment.
func endsAt(data []byte, at int) bool {
	return len(data)-at >= endSize && at+endSize+int(binary.LittleEndian.Uint16(data[at+20:])) <= len(data)
}

// central is an entry of the directory.
type central struct {
	name                 string
	flags, method        uint16
	crc                  uint32
	packed, size         uint64
	offset               int64
	packed64, unpacked64 bool // stated in the extra field
}

// centralEntry reads the entry that dir begins with, of n bytes.
func centralEntry(dir []byte) (e central, n int, err error) {
	const fixed = 46
	le := binary.LittleEndian
	if len(dir) < fixed || !bytes.HasPrefix(dir, []byte("PK\x01\x02")) {
		return e, 0, errZip
	}
	name, extra, comment := int(le.Uint16(dir[28:])), int(le.Uint16(dir[30:])), int(le.Uint16(dir[32:]))
	n = fixed + name + extra + comment
	if len(dir) < n {
		return e, 0, errZip
	}
	e = central{
		name: string(dir[fixed : fixed+name]), flags: le.Uint16(dir[8:]), method: le.Uint16(dir[10:]), crc: le.Uint32(dir[16:]),
		packed: uint64(le.Uint32(dir[20:])), size: uint64(le.Uint32(dir[24:])), offset: int64(le.Uint32(dir[42:])),
	}
	wide := e.offset == 1<<32-1
	e.unpacked64, e.packed64 = e.size == 1<<32-1, e.packed == 1<<32-1
	for rest := zip64(dir[fixed+name : fixed+name+extra]); len(rest) >= 8; rest = rest[8:] {
		switch v := le.Uint64(rest); {
		case e.unpacked64 && e.size == 1<<32-1:
			e.size = v
		case e.packed64 && e.packed == 1<<32-1:
			e.packed = v
		case wide && v < 1<<40:
			e.offset, wide = int64(v), false //nolint:gosec // compared
		}
	}
	return e, n, nil
}

// zip64 is the content of the extra field with sizes of 64 bits; empty without one.
func zip64(extra []byte) []byte {
	for len(extra) >= 4 {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			return nil
		}
		if id == 1 {
			return extra[:size]
		}
		extra = extra[size:]
	}
	return nil
}

// compare reads the header in front of the entry's bytes.
func (e central) compare(data []byte) error {
	const fixed = 30
	le := binary.LittleEndian
	fail := func(what string) error {
		return &EntryError{clip(e.name), "has another " + what + " in front of its bytes than in the directory of the zip", "readers disagree about which of the two counts: pack the archive again"}
	}
	if e.offset > int64(len(data))-fixed || !bytes.HasPrefix(data[e.offset:], []byte("PK\x03\x04")) {
		return &EntryError{clip(e.name), "has no header where the directory of the zip says", "the archive is damaged, or made to harm"}
	}
	local := data[e.offset:]
	name, extra := int(le.Uint16(local[26:])), int(le.Uint16(local[28:]))
	if len(local) < fixed+name+extra {
		return errZip
	}
	const encrypted, later = 1, 8 // flags
	flags := le.Uint16(local[6:])
	size, packed := uint64(le.Uint32(local[22:])), uint64(le.Uint32(local[18:]))
	if wide := zip64(local[fixed+name : fixed+name+extra]); len(wide) >= 16 && size == 1<<32-1 {
		size, packed = le.Uint64(wide), le.Uint64(wide[8:])
	}
	// Sizes may stand behind the bytes, by flag; then they are 0 in front, or the right ones.
	same := func(local, said uint64) bool { return local == said || flags&later != 0 && local == 0 }
	switch {
	case string(local[fixed:fixed+name]) != e.name:
		return fail("name")
	case flags&encrypted != e.flags&encrypted, flags&later != e.flags&later:
		return fail("set of flags")
	case le.Uint16(local[8:]) != e.method:
		return fail("method")
	case !same(uint64(le.Uint32(local[14:])), uint64(e.crc)):
		return fail("checksum")
	case !same(size, e.size), !same(packed, e.packed):
		return fail("size")
	}
	return nil
}
