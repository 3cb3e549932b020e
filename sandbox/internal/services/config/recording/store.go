// Package recording is what AWS Config has recorded of the functions of one account in one Region: configuration
// items by function, with their history, and an index by layer version.
//
// An item is the function's own immutable record with a time; JSON is made only for those who read it. A function
// costs about a hundred bytes here on top of its record.
package recording

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// State is one configuration item: a function as it was recorded at a time. It is immutable.
type State struct {
	Record  *function.Record // of a deleted function the last one
	at      int64            // nanoseconds since 1970
	before  *State
	Deleted bool
}

// At is when the item was captured.
func (s *State) At() time.Time { return time.Unix(0, s.at).UTC() }

// Before is the item before this one, or nil.
func (s *State) Before() *State { return s.before }

// Resource is a function that was recorded at least once.
type Resource struct {
	Name string
	head atomic.Pointer[State]
}

func compareNames(a, b *Resource) int { return cmp.Compare(a.Name, b.Name) }

// Latest is the newest item.
func (r *Resource) Latest() *State { return r.head.Load() }

// AsOf is the item that was the newest at a time, or nil if there was none yet.
func (r *Resource) AsOf(t time.Time) *State {
	s, at := r.head.Load(), t.UnixNano()
	for s != nil && s.at > at {
		s = s.before
	}
	return s
}

// Store is the resources of one account in one Region. It is safe for concurrent use.
type Store struct {
	mu      sync.RWMutex
	byName  map[string]*Resource
	all     list
	byLayer map[string]*list
}

// New makes an empty store.
func New() *Store {
	return &Store{byName: map[string]*Resource{}, byLayer: map[string]*list{}}
}

// list is a set of resources that is sorted by name when it is read.
type list struct {
	items  []*Resource
	sorted bool
}

func (l *list) add(r *Resource) { l.items, l.sorted = append(l.items, r), false }

// view is the sorted list. It may be read without the lock: a list that was returned is not written to.
func (l *list) view() []*Resource {
	if !l.sorted {
		l.items = slices.Clone(l.items)
		slices.SortFunc(l.items, compareNames)
		l.items = slices.Clip(l.items) // an append must not write after what was returned
		l.sorted = true
	}
	return l.items
}

// Put records a state of a function.
func (st *Store) Put(rec *function.Record, at time.Time) *State {
	return st.put(&State{Record: rec, at: at.UnixNano()})
}

// Delete records that a function was deleted; rec is its last record.
func (st *Store) Delete(rec *function.Record, at time.Time) *State {
	return st.put(&State{Record: rec, at: at.UnixNano(), Deleted: true})
}

func (st *Store) put(s *State) *State {
	st.mu.Lock()
	defer st.mu.Unlock()
	r := st.byName[s.Record.Name]
	if r == nil {
		r = &Resource{Name: s.Record.Name}
		st.byName[r.Name] = r
		st.all.add(r)
	}
	s.before = r.head.Load()
	for _, l := range s.Record.Layers {
		if !everUsed(s.before, l.ARN) {
			st.posting(l.ARN).add(r)
		}
	}
	r.head.Store(s)
	return s
}

// posting is the list of the resources that ever had a layer. The store is locked.
func (st *Store) posting(arn string) *list {
	p := st.byLayer[arn]
	if p == nil {
		p = &list{}
		st.byLayer[arn] = p
	}
	return p
}

// everUsed says whether an item or one before it had the layer: then the resource is in the layer's list already.
func everUsed(s *State, arn string) bool {
	for ; s != nil; s = s.before {
		if slices.ContainsFunc(s.Record.Layers, func(l function.Layer) bool { return l.ARN == arn }) {
			return true
		}
	}
	return false
}

// Find is the resource of that name.
func (st *Store) Find(name string) (*Resource, bool) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	r, ok := st.byName[name]
	return r, ok
}

// All are all resources by name, deleted ones too.
func (st *Store) All() []*Resource {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.all.view()
}

// EverUsing are the resources by name that have the layer version or had it in an earlier item.
func (st *Store) EverUsing(layerVersionARN string) []*Resource {
	st.mu.Lock()
	defer st.mu.Unlock()
	if p := st.byLayer[layerVersionARN]; p != nil {
		return p.view()
	}
	return nil
}
