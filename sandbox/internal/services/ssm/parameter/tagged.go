package parameter

import "github.com/layerfleet/layerfleet/sandbox/internal/call"

// Tagged are the tags of the parameters in a pair that have any, by ARN.
func (s *Store) Tagged(c call.Caller) map[string]map[string]string {
	sh := s.lock(c)
	defer sh.mu.Unlock()
	tags := map[string]map[string]string{}
	for name, p := range sh.parameters {
		if len(p.tags) > 0 {
			tags[ARN(c, name)] = p.tags
		}
	}
	return tags
}
