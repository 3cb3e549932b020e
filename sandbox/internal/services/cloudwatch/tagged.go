package cloudwatch

import (
	"iter"

	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Tagged implements [ports.Tagged].
func (s *Service) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	tags := map[string]map[string]string{}
	if sh, ok := s.shards.Find(account, region); ok {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		for _, a := range sh.alarms {
			if a.tags != nil {
				tags[a.arn] = a.tags
			}
		}
	}
	return page.Behind(tags, after)
}
