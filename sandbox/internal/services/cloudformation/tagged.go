package cloudformation

import (
	"iter"

	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Tagged implements [ports.Tagged]: stacks, as long as they exist.
// UNCONFIRMED: that stack sets are not among the tagged resources of an account.
func (s *Service) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	tags := map[string]map[string]string{}
	if sh, ok := s.shards.Find(account, region); ok {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		for _, st := range sh.stacks {
			if len(st.tags) > 0 {
				tags[st.id] = st.tags
			}
		}
	}
	return page.Behind(tags, after)
}
