package config

import (
	"iter"
	"maps"

	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Tagged implements [ports.Tagged]. Resources that had tags once are not told from those that never had any.
func (s *Service) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	tags := map[string]map[string]string{}
	if sh, ok := s.shards.Find(account, region); ok {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		for arn, t := range sh.tags {
			if len(t) > 0 {
				tags[arn] = maps.Clone(t)
			}
		}
	}
	return page.Behind(tags, after)
}
