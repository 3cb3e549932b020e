package lambda

import (
	"iter"
	"sort"
)

// Tagged implements [ports.Tagged]. Layers and their versions cannot have tags (Lambda Developer Guide, "Using tags").
func (s *Service) Tagged(account, region, after string) iter.Seq2[string, map[string]string] {
	return func(yield func(string, map[string]string) bool) {
		sh, ok := s.shards.Find(account, region)
		if !ok {
			return
		}
		names, prefix := sh.names(), ref{account: account, region: region}.arn()
		for _, name := range names[sort.Search(len(names), func(i int) bool { return prefix+names[i] > after }):] {
			sh.mu.RLock()
			f := sh.functions[name]
			var tags map[string]string
			if f != nil {
				tags = f.latest.Tags
			}
			sh.mu.RUnlock()
			if tags != nil && !yield(prefix+name, tags) {
				return
			}
		}
	}
}
