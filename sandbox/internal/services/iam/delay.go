package iam

import (
	"slices"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// changeDelay is how long the change of a role or of a policy takes to count. AWS publishes no figure.
const changeDelay = 5 * time.Second

// past is what decided about a role until a change counted.
type past struct {
	sources  []iampolicy.Source
	trust    *iampolicy.Policy
	boundary *managed
	changed  time.Time
}

// decides is what decides about a role, as it is written. The account is locked.
func (r *role) decides() past {
	return past{sources: r.sources, trust: r.trust.policy, boundary: r.boundary}
}

// changed keeps what decided before a change, until the change counts. AWS's services wait until the roles that they make
// for themselves are there: these count at once. The account is locked.
func (s *Service) changed(r *role, by call.Caller, was past) {
	if s.Quirks.Is(quirk.IAMDelay, "none") || by.IsService() || strings.Contains(by.Principal, "AWSServiceRoleFor") {
		return
	}
	was.changed = s.Clock.Now()
	r.past = append(slices.DeleteFunc(r.past, s.over), was)
}

// over says whether the change after which a past is kept counts by now.
func (s *Service) over(p past) bool {
	settled := s.settled.Load()
	return settled != nil && !p.changed.After(*settled) || !s.Clock.Now().Before(p.changed.Add(changeDelay))
}

// inForce is what decides about a role now. The account is locked.
func (s *Service) inForce(r *role) past {
	for _, p := range r.past {
		if !s.over(p) {
			return p
		}
	}
	return r.decides()
}

// SettleNow makes all changes of the past count. A sandbox calls it after it has made its roles, which are meant to have
// existed for a long time.
func (s *Service) SettleNow() {
	now := s.Clock.Now()
	s.settled.Store(&now)
}
