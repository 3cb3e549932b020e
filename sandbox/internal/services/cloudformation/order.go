package cloudformation

import (
	"slices"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// updateOrder is the order in which an update works on resources: dependencies first, and what does not depend on each
// other in the template's order or, as none is documented, in the opposite one.
func (s *Service) updateOrder(b *cfn.Bound) []*cfn.Resource {
	if s.Quirks.Is(quirk.UpdateOrder, "dependencies") {
		return b.Resources()
	}
	left := slices.Clone(b.Resources())
	slices.Reverse(left)
	var out []*cfn.Resource
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(r *cfn.Resource) bool {
			needs := b.Dependencies(r)
			return !slices.ContainsFunc(left, func(o *cfn.Resource) bool { return o != r && slices.Contains(needs, o.LogicalID) })
		})
		i = max(i, 0) // there is no cycle
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out
}

// settle is how long CloudFormation waits for a role that it has changed, so that others find it.
func (s *Service) settle() time.Duration {
	if s.Quirks.Is(quirk.IAMDelay, "none") {
		return 0
	}
	return 10 * time.Second
}
