package config

import (
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
)

// functionChanged hears of each change of a function from lambda, which holds a lock meanwhile.
func (s *Service) functionChanged(ch ports.FunctionChange) {
	rec := ch.After
	if rec == nil {
		rec = ch.Before
	}
	sh, ok := s.shards.Find(rec.Account, rec.Region)
	if !ok {
		return
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := sh.recorder
	if r == nil || !r.recording || !r.records() {
		return
	}
	if r.frequency() == types.RecordingFrequencyDaily {
		r.daily[rec.Name] = ch
		return
	}
	s.note(sh, ch)
}

// note records a change and has the rules look at it. The shard is locked.
func (s *Service) note(sh *shard, ch ports.FunctionChange) {
	now := s.Clock.Now()
	name := ""
	if ch.After != nil {
		name = ch.After.Name
		sh.items.Put(ch.After, now)
	} else {
		name = ch.Before.Name
		if r, ok := sh.items.Find(name); ok && r.Latest().Deleted {
			return
		}
		sh.items.Delete(ch.Before, now)
	}
	if r := sh.recorder; r != nil && r.heard != nil {
		r.heard[name] = true
	}
	if len(sh.rules) > 0 {
		s.evaluateLater(sh, func(w *work) { w.resource(name) })
	}
}

// tickDaily makes the daily items. The shard is locked.
func (s *Service) tickDaily(sh *shard, r *recorder) {
	start := r.starts
	s.after(day, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		if sh.recorder != r || r.starts != start || !r.recording {
			return
		}
		for _, ch := range sorted(r.daily) {
			s.note(sh, ch)
		}
		clear(r.daily)
		s.tickDaily(sh, r)
	})
}

// discover records what lambda has and the recorder does not know yet: all functions at the first start, the
// changes it slept through at a later one. The shard is not locked while lambda is asked; what its feed told
// meanwhile wins over what it lists.
func (s *Service) discover(sh *shard) {
	sh.discovery.Lock()
	defer sh.discovery.Unlock()
	sh.mu.Lock()
	r := sh.recorder
	if r == nil || !r.recording || !r.records() {
		sh.mu.Unlock()
		return
	}
	r.heard = map[string]bool{}
	sh.mu.Unlock()
	present := map[string]bool{}
	for rec := range s.Functions.All(sh.Account, sh.Region) {
		present[rec.Name] = true
		s.discovered(sh, r, rec.Name, ports.FunctionChange{After: rec})
	}
	for _, known := range sh.items.All() {
		if st := known.Latest(); !present[known.Name] && !st.Deleted {
			s.discovered(sh, r, known.Name, ports.FunctionChange{Before: st.Record})
		}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r.heard = nil
}

func (s *Service) discovered(sh *shard, r *recorder, name string, ch ports.FunctionChange) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder != r || !r.recording || r.heard[name] {
		return
	}
	if known, ok := sh.items.Find(name); ok {
		if st := known.Latest(); !st.Deleted && ch.After == st.Record {
			return
		}
	}
	s.note(sh, ch)
}
