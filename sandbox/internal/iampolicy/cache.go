package iampolicy

import "sync"

// maxCached is the size of a cache. A sandbox has a few texts for all of its accounts, at worst one per account.
const maxCached = 1 << 14

// Cache compiles each text once. The zero Cache is ready; it is safe for concurrent use.
type Cache struct {
	mu sync.RWMutex
	m  map[cacheKey]cached
}

type cacheKey struct {
	text string
	kind Kind
}

type cached struct {
	policy *Policy
	err    error
}

// Parse is [Parse] from the cache.
func (c *Cache) Parse(text string, kind Kind) (*Policy, error) {
	k := cacheKey{text, kind}
	c.mu.RLock()
	hit, ok := c.m[k]
	c.mu.RUnlock()
	if ok {
		return hit.policy, hit.err
	}
	hit.policy, hit.err = Parse(text, kind)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxCached {
		c.m = map[cacheKey]cached{}
	}
	c.m[k] = hit
	return hit.policy, hit.err
}
