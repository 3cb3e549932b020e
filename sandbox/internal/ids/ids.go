// Package ids makes the identifiers that AWS would draw at random, the same in every run.
//
// An id is the hash of (seed, account, Region, kind, name, count), so that runs repeat and ids do not depend on
// the order in which concurrent calls arrive.
package ids

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"
)

// Source hands out ids for one seed. It is safe for concurrent use.
type Source struct {
	seed   uint64
	mu     sync.Mutex
	counts map[string]uint64
}

// New makes a source.
func New(seed uint64) *Source { return &Source{seed: seed, counts: map[string]uint64{}} }

// Next is the next id of that kind and name: the first call has count 0, the second count 1, and so on.
// Use At where the caller keeps a count of its own (a million functions would fill the table).
func (s *Source) Next(account, region, kind, name string) ID {
	key := account + "\x00" + region + "\x00" + kind + "\x00" + name
	s.mu.Lock()
	n := s.counts[key]
	s.counts[key] = n + 1
	s.mu.Unlock()
	return s.At(account, region, kind, name, n)
}

// At is the id with the given count.
func (s *Source) At(account, region, kind, name string, count uint64) ID {
	buf := make([]byte, 0, 128)
	buf = binary.BigEndian.AppendUint64(buf, s.seed)
	buf = binary.BigEndian.AppendUint64(buf, count)
	for _, part := range [...]string{account, region, kind, name} {
		buf = append(buf, part...)
		buf = append(buf, 0)
	}
	return sha256.Sum256(buf)
}

// ID is the entropy of one identifier; its methods are the forms that AWS uses.
type ID [sha256.Size]byte

// UUID is the 36-character form, version 4.
func (id ID) UUID() string {
	b := id[:16]
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Hex is n lower-case hexadecimal digits, n at most 64.
func (id ID) Hex(n int) string { return hex.EncodeToString(id[:])[:n] }

// Alnum is n lower-case letters and digits, n at most 32 (config-rule-xxxxxx, o-…, ou-…).
func (id ID) Alnum(n int) string { return id.spell("abcdefghijklmnopqrstuvwxyz0123456789", n) }

// Upper is n upper-case letters and digits, n at most 32 (access keys, role ids).
func (id ID) Upper(n int) string { return id.spell("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", n) }

func (id ID) spell(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[int(id[i])%len(alphabet)]
	}
	return string(out)
}
