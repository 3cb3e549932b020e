// Package pair shards a service's state by account and Region: the unit of quota and of isolation in AWS.
package pair

import (
	"cmp"
	"slices"
	"sync"
)

// Key is one account in one Region. Global services use an empty Region.
type Key struct{ Account, Region string }

// Table has one T for each pair that was ever used. T carries its own lock.
type Table[T any] struct {
	mu     sync.RWMutex
	shards map[Key]*T
	create func(Key) *T
}

// NewTable makes an empty table; create makes the state of a pair at its first use.
func NewTable[T any](create func(Key) *T) *Table[T] {
	return &Table[T]{shards: map[Key]*T{}, create: create}
}

// Get is the state of a pair, made at first use.
func (t *Table[T]) Get(account, region string) *T {
	k := Key{account, region}
	t.mu.RLock()
	s := t.shards[k]
	t.mu.RUnlock()
	if s != nil {
		return s
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s = t.shards[k]; s == nil {
		s = t.create(k)
		t.shards[k] = s
	}
	return s
}

// Find is the state of a pair that was used before.
func (t *Table[T]) Find(account, region string) (*T, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, ok := t.shards[Key{account, region}]
	return s, ok
}

// Keys are the pairs in use, by account, then Region.
func (t *Table[T]) Keys() []Key {
	t.mu.RLock()
	defer t.mu.RUnlock()
	keys := make([]Key, 0, len(t.shards))
	for k := range t.shards {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return keys
}
