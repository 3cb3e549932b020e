package lambda

import (
	"maps"
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// Life implements [ports.Lives]. A function that never changed has a life of one moment, which is not stored.
func (s *Service) Life(account, region, name string) (function.Life, bool) {
	sh, ok := s.shards.Find(account, region)
	if !ok {
		return nil, false
	}
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if l := sh.lives[name]; l != nil {
		return l, true
	}
	if f := sh.functions[name]; f != nil {
		return function.Life{f.moment()}, true
	}
	return nil, false
}

// Names implements [ports.Lives].
func (s *Service) Names(account, region string) []string {
	sh, ok := s.shards.Find(account, region)
	if !ok {
		return nil
	}
	names := sh.names()
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	var gone []string
	for name := range sh.lives {
		if sh.functions[name] == nil {
			gone = append(gone, name)
		}
	}
	if gone == nil {
		return names
	}
	gone = append(gone, names...)
	slices.Sort(gone)
	return gone
}

// moment is what calls of the function execute now, since its creation. A timeout that changed alone is not remembered. The shard is locked.
func (f *fn) moment() function.Moment {
	m := function.Moment{From: f.latest.Created, Timeout: time.Duration(f.latest.TimeoutSec) * time.Second, Latest: f.latest.Layers}
	for _, name := range slices.Sorted(maps.Keys(f.aliases)) {
		m.Aliases = append(m.Aliases, function.Alias{Name: name, Runs: f.runs(f.aliases[name])})
	}
	return m
}

// runs are the versions that an alias leads to. The shard is locked.
func (f *fn) runs(a *alias) []function.Run {
	first := function.Run{Version: a.version, Weight: 1}
	runs := make([]function.Run, 0, 1+len(a.weights))
	for _, v := range slices.Sorted(maps.Keys(a.weights)) {
		runs = append(runs, function.Run{Version: v, Weight: a.weights[v]})
		first.Weight -= a.weights[v]
	}
	runs = append(runs, first)
	for i := range runs {
		if r, _, err := f.resolve(ref{qualifier: runs[i].Version}); err == nil { // a version that an alias leads to exists
			runs[i].Layers = r.Layers
		}
	}
	return runs
}

// remember notes that calls of a function execute something else from now on than before. Only what changed is stored:
// most functions of a sandbox stay what they were. The shard is locked.
func (s *Service) remember(sh *shard, name string, before, after function.Moment) {
	life := sh.lives[name]
	if life == nil {
		life = function.Life{before}
	}
	after.From = s.clock.Now()
	sh.lives[name] = append(life, after)
}
