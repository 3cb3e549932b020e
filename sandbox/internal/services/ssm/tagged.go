package ssm

import (
	"iter"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Tagged implements [ports.Tagged]: documents and parameters. What had tags once is not told from what never had any.
func (s *Service) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	c := call.Caller{Account: account, Region: region}
	tags := s.parameters.Tagged(c)
	if sh, ok := s.shards.Find(account, region); ok {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		for name, d := range sh.documents {
			if len(d.tags) > 0 {
				tags[documentARN(c, &name)] = d.tags
			}
		}
	}
	return page.Behind(tags, after)
}
