// Package lambda is the sandbox's AWS Lambda control plane: functions, versions, aliases, tags, layers and layer
// policies. It runs no function code.
//
// Rules and texts are those of the reference sheet, §2 (recorded from real AWS where it says so).
package lambda

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
)

// Config is what the service gets from the sandbox.
type Config struct {
	Clock *clock.Clock
	IDs   *ids.Source
	// BlobURL is the address under which the server hands out an archive (GetFunction's and GetLayerVersion's
	// Location); sha is the archive's base64 SHA-256.
	BlobURL func(sha string) string
	// Dispatcher leads to the S3 objects that code is read from, and Spool stores what is read of them; without both,
	// code comes with the request only.
	Dispatcher *call.Dispatcher
	Spool      *spool.Spool
	// May asks for a permission whose lack does not fail a call but makes its answer shorter; nil allows everything.
	May    func(context.Context, call.Caller, call.Permission) error
	Quirks quirk.Set
}

// Service is the state of all accounts and Regions.
type Service struct {
	clock      *clock.Clock
	ids        *ids.Source
	blobURL    func(string) string
	may        func(context.Context, call.Caller, call.Permission) error
	shards     *pair.Table[shard]
	blobs      blobStore
	dispatcher *call.Dispatcher
	spool      *spool.Spool
	quirks     quirk.Set
	settled    atomic.Pointer[time.Time] // see SettleNow
	listeners  []func(ports.FunctionChange)
}

var (
	_ ports.Functions        = (*Service)(nil)
	_ ports.Lives            = (*Service)(nil)
	_ ports.ResourcePolicies = (*Service)(nil)
)

// shard is one account in one Region.
type shard struct {
	pair.Key
	mu        sync.RWMutex
	functions map[string]*fn
	sorted    []string // names in order; nil when a change made it stale
	layers    map[string]*layerState
	lives     map[string]function.Life // of functions whose calls once executed something else than today
}

// fn is one function: $LATEST, what was published from it, and the aliases.
type fn struct {
	latest    *function.Record
	versions  []*version // ascending
	published int64      // highest version number ever given
	changed   bool       // $LATEST differs from the newest published version
	aliases   map[string]*alias
	revisions uint64 // how many RevisionIds were given to this name
}

// New makes an empty service.
func New(c Config) *Service {
	s := &Service{clock: c.Clock, ids: c.IDs, blobURL: c.BlobURL, may: c.May, blobs: blobStore{m: map[string]blob{}}, dispatcher: c.Dispatcher, spool: c.Spool, quirks: c.Quirks}
	if s.may == nil {
		s.may = func(context.Context, call.Caller, call.Permission) error { return nil }
	}
	s.shards = pair.NewTable(func(k pair.Key) *shard {
		return &shard{Key: k, functions: map[string]*fn{}, layers: map[string]*layerState{}, lives: map[string]function.Life{}}
	})
	return s
}

// Subscribe implements [ports.Functions]. It belongs to the set-up.
func (s *Service) Subscribe(f func(ports.FunctionChange)) { s.listeners = append(s.listeners, f) }

// All implements [ports.Functions].
func (s *Service) All(account, region string) iter.Seq[*function.Record] {
	return func(yield func(*function.Record) bool) {
		sh, ok := s.shards.Find(account, region)
		if !ok {
			return
		}
		for _, r := range sh.records() {
			if !yield(r) {
				return
			}
		}
	}
}

// records are the $LATEST records in order of name.
func (sh *shard) records() []*function.Record {
	names := sh.names()
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	out := make([]*function.Record, 0, len(names))
	for _, n := range names {
		if f := sh.functions[n]; f != nil {
			out = append(out, f.latest)
		}
	}
	return out
}

// put stores a new state of a function's $LATEST under a fresh RevisionId and notifies the listeners.
// The shard is locked.
func (s *Service) put(sh *shard, f *fn, next function.Record) *function.Record {
	next.RevisionID = s.revision(sh, f, next.Name)
	before := f.latest
	switch {
	case before == nil:
		f.latest = &next
		if sh.lives[next.Name] != nil { // one of the name was deleted
			s.remember(sh, next.Name, function.Moment{}, f.moment())
		}
	case slices.Equal(before.Layers, next.Layers):
		f.latest = &next
	default:
		was := f.moment()
		f.latest = &next
		s.remember(sh, next.Name, was, f.moment())
	}
	s.notify(before, f.latest)
	return f.latest
}

func (s *Service) revision(sh *shard, f *fn, name string) string {
	f.revisions++
	return s.ids.At(sh.Account, sh.Region, "lambda-revision", name, f.revisions).UUID()
}

func (s *Service) notify(before, after *function.Record) {
	for _, l := range s.listeners {
		l(ports.FunctionChange{Before: before, After: after})
	}
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{
		s.functionOps(), s.updateOps(), s.versionOps(), s.aliasOps(), s.tagOps(), s.layerOps(), s.layerPolicyOps(), s.accountOps(),
	} {
		ops = append(ops, group...)
	}
	return ops
}
