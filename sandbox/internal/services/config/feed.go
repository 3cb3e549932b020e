package config

import (
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// functionChanged is lambda's notification of a change of a function. Lambda holds a lock while it runs.
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
	if ch.After != nil && ch.After.LastUpdateStatus == "InProgress" && s.Quirks.Is(quirk.SecondItem, "one") {
		return // the end of the update makes the item
	}
	if r.frequency() == types.RecordingFrequencyDaily {
		r.daily[rec.Name] = ch
		return
	}
	s.record(sh, ch)
}

// record records a change and schedules its evaluation by the rules. The shard is locked.
func (s *Service) record(sh *shard, ch ports.FunctionChange) {
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
	if r := sh.recorder; r != nil && r.notified != nil {
		r.notified[name] = true
	}
	if len(sh.rules) > 0 {
		s.evaluateOne(sh, name)
	}
}

// tickDaily records the changes of each day at its end. The shard is locked.
func (s *Service) tickDaily(sh *shard, r *recorder) {
	start := r.starts
	s.after(day, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		if sh.recorder != r || r.starts != start || !r.recording {
			return
		}
		for _, ch := range sorted(r.daily) {
			s.record(sh, ch)
		}
		clear(r.daily)
		s.tickDaily(sh, r)
	})
}

// discover records what lambda has and the recorder does not know yet: all functions at the first start, the changes
// made while it was stopped at a later one. The shard is not locked while lambda lists functions: a function that lambda
// notifies of meanwhile is newer than its entry in the list.
func (s *Service) discover(sh *shard) {
	sh.discovery.Lock()
	defer sh.discovery.Unlock()
	sh.mu.Lock()
	r := sh.recorder
	if r == nil || !r.recording || !r.records() {
		sh.mu.Unlock()
		return
	}
	r.notified = map[string]bool{}
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
	r.notified = nil
}

// discovered records what discover found of a function, unless it is known. The shard is not locked.
func (s *Service) discovered(sh *shard, r *recorder, name string, ch ports.FunctionChange) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder != r || !r.recording || r.notified[name] {
		return
	}
	if known, ok := sh.items.Find(name); ok {
		if st := known.Latest(); !st.Deleted && ch.After == st.Record {
			return
		}
	}
	s.record(sh, ch)
}
