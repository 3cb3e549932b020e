package stackset

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// AWS publishes no figures for these.
const (
	listLag       = 10 * time.Second // of lists behind descriptions
	shortestStack = time.Minute      // that an operation takes for one instance
	longestStack  = 2 * time.Minute
)

// pastInstance is an instance as it was until a time.
type pastInstance struct {
	instance
	until time.Time
}

// changing keeps an instance as it is for lists that lag behind. It is called right before a change, with the shard locked.
func (s *Service) changing(i *instance) {
	if s.Quirks.Is(quirk.ListDelay, "no") {
		return
	}
	now := s.Clock.Now()
	i.past = slices.DeleteFunc(i.past, func(p pastInstance) bool { return !p.until.After(now.Add(-listLag)) })
	was := *i
	was.past = nil
	i.past = append(i.past, pastInstance{instance: was, until: now})
}

// removed takes an instance out of the set. The shard is locked.
func (s *Service) removed(x *set, i *instance) {
	delete(x.instances, i.Key)
	if len(i.past) > 0 {
		x.gone = append(x.gone, i.past[len(i.past)-1])
	}
}

// listedInstances are the instances as lists show them, sorted. The shard is locked.
func (s *Service) listedInstances(x *set) []*instance {
	all := x.sorted()
	if s.Quirks.Is(quirk.ListDelay, "no") {
		return all
	}
	at := s.Clock.Now().Add(-listLag)
	x.gone = slices.DeleteFunc(x.gone, func(p pastInstance) bool { return !p.until.After(at) })
	var out []*instance
	for _, i := range all {
		if i.created.After(at) {
			continue
		}
		if p := slices.IndexFunc(i.past, func(p pastInstance) bool { return p.until.After(at) }); p >= 0 {
			i = &i.past[p].instance
		}
		out = append(out, i)
	}
	for n := range x.gone {
		if x.instances[x.gone[n].Key] == nil {
			out = append(out, &x.gone[n].instance)
		}
	}
	slices.SortFunc(out, func(a, b *instance) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return out
}

// listedOperations are the operations as lists show them. The shard is locked.
func (s *Service) listedOperations(x *set) []*operation {
	if s.Quirks.Is(quirk.ListDelay, "no") {
		return x.operations
	}
	at := s.Clock.Now().Add(-listLag)
	var out []*operation
	for _, op := range x.operations {
		if op.created.After(at) {
			continue
		}
		if op.ended.After(at) {
			was := *op
			was.ended, was.status, was.reason = time.Time{}, types.StackSetOperationStatusRunning, ""
			op = &was
		}
		out = append(out, op)
	}
	return out
}

// takeTime is the time that an operation takes for one instance, besides that of its resources.
func (s *Service) takeTime(ctx context.Context, op *operation, r *result) error {
	if s.Quirks.Is(quirk.StackSetTime, "seconds") {
		return nil
	}
	draw := s.IDs.At(r.Account, r.Region, "stack-set-time", op.id, 0)
	return s.Clock.Sleep(ctx, shortestStack+time.Duration(binary.BigEndian.Uint64(draw[:])%uint64(longestStack-shortestStack))) //nolint:gosec // below longestStack
}
