package cloudformation

import (
	"context"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

func sameProps(a, b map[string]any) bool { return reflect.DeepEqual(a, b) }

// createStack makes all resources of a new stack, or deletes those that it made.
func (r *run) createStack(ctx context.Context) {
	failed := r.apply(ctx, r.st.bound, r.st.bound.Resources())
	var err error
	if failed == "" {
		if err = r.finish(r.st.bound); err == nil {
			r.set(types.StackStatusCreateComplete, "")
			return
		}
	}
	if ctx.Err() != nil {
		return
	}
	reason := failures([]string{failed}, "create")
	if err != nil {
		reason = err.Error() + ". "
	}
	var then types.OnFailure
	r.locked(func() { then = r.st.onFailure })
	switch then {
	case types.OnFailureDoNothing:
		r.set(types.StackStatusCreateFailed, reason)
	case types.OnFailureDelete:
		r.set(types.StackStatusDeleteInProgress, reason+"Delete requested by user.")
		r.deleteStack(ctx, nil)
	default:
		r.set(types.StackStatusRollbackInProgress, reason+"Rollback requested by user.")
		left := r.removeAll(ctx, r.members(), func(m *member) bool { return m.onDelete == cfn.Retain })
		if len(left) > 0 {
			r.set(types.StackStatusRollbackFailed, failures(left, "delete"))
			return
		}
		r.set(types.StackStatusRollbackComplete, "")
	}
}

// members are the stack's members, by logical id.
func (r *run) members() []*member {
	var out []*member
	r.locked(func() { out = r.st.sorted() })
	return out
}

// finish evaluates the outputs of a stack whose resources are complete.
func (r *run) finish(b *cfn.Bound) error {
	outputs, err := b.Outputs(r)
	if err != nil {
		return err
	}
	r.locked(func() { r.st.outputs = outputs })
	return nil
}

// updateStack brings a stack to a new state, or back to the old one.
func (r *run) updateStack(ctx context.Context, d desired) {
	failed := r.apply(ctx, d.bound, r.s.updateOrder(d.bound))
	var err error
	if failed == "" {
		if err = r.finish(d.bound); err == nil {
			r.cleanUp(ctx, d)
			return
		}
	}
	if ctx.Err() != nil {
		return
	}
	reason := failures([]string{failed}, "update")
	if err != nil {
		reason = err.Error() + ". "
	}
	var keep bool
	r.locked(func() { keep = r.st.disableRollback })
	if keep {
		r.set(types.StackStatusUpdateFailed, reason)
		return
	}
	r.set(types.StackStatusUpdateRollbackInProgress, reason)
	r.undo(ctx)
}

// cleanUp ends an update: it deletes the resources that were replaced or are no longer in the template. Whether a failure
// there fails the update is the quirk [quirk.FailedCleanup].
func (r *run) cleanUp(ctx context.Context, d desired) {
	var old []*member
	r.locked(func() {
		r.st.desired = d
		r.st.set(r.s, types.StackStatusUpdateCompleteCleanupInProgress, "", r.token)
		for id, m := range r.before {
			if m != nil && r.st.members[id].made.ID != m.made.ID {
				old = append(old, m)
			}
		}
		wanted := map[string]bool{}
		for _, res := range d.bound.Resources() {
			wanted[res.LogicalID] = true
		}
		for _, m := range r.st.sorted() {
			if !wanted[m.logicalID] {
				old = append(old, m)
			}
		}
	})
	failed := r.removeAll(ctx, old, func(m *member) bool {
		if r.before[m.logicalID] == m {
			return m.onReplace == cfn.Retain
		}
		return m.onDelete != cfn.Delete
	})
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 && r.s.Quirks.Is(quirk.FailedCleanup, "failed") {
		r.set(types.StackStatusUpdateFailed, failures(failed, "delete"))
		return
	}
	r.locked(func() {
		for _, m := range old {
			if r.st.members[m.logicalID] == m {
				delete(r.st.members, m.logicalID) // the stack no longer has what it could not delete
			}
		}
		r.st.set(r.s, types.StackStatusUpdateComplete, "", r.token)
	})
}

// undo rolls an update back: it restores changed resources, then deletes those that it made.
func (r *run) undo(ctx context.Context) {
	var failed []string
	var extra []*member
	for _, id := range slices.Backward(r.order) {
		old := r.before[id]
		var now *member
		r.locked(func() { now = r.st.members[id] })
		switch {
		case old == nil || now.made.ID != old.made.ID:
			extra = append(extra, now)
			r.locked(func() {
				if old != nil {
					r.st.members[id] = old
					r.st.mark(r.s, old, types.ResourceStatusUpdateComplete, "", r.token)
				}
			})
		default:
			if !r.restore(ctx, now, old) {
				failed = append(failed, id)
			}
		}
	}
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 {
		r.set(types.StackStatusUpdateRollbackFailed, failures(failed, "update"))
		return
	}
	r.set(types.StackStatusUpdateRollbackCompleteCleanupInProgress, "")
	r.locked(func() {
		for _, m := range r.st.sorted() {
			if m.made.ID == "" {
				delete(r.st.members, m.logicalID) // was not made
			}
		}
	})
	r.removeAll(ctx, extra, func(m *member) bool { return m.onDelete == cfn.Retain && r.before[m.logicalID] == nil })
	r.locked(func() {
		for _, m := range extra {
			if r.st.members[m.logicalID] == m {
				delete(r.st.members, m.logicalID)
			}
		}
		r.st.set(r.s, types.StackStatusUpdateRollbackComplete, "", r.token)
	})
}

// restore updates now to the state of old.
func (r *run) restore(ctx context.Context, now, old *member) bool {
	r.mark(now, types.ResourceStatusUpdateInProgress, "")
	step, err := r.step(ctx, old)
	made := old.made
	if err == nil {
		made, err = old.kind.Update(step, now.made, now.props, old.props)
	}
	r.locked(func() {
		if err != nil {
			r.st.mark(r.s, now, types.ResourceStatusUpdateFailed, err.Error(), r.token)
			return
		}
		old.made = made
		r.st.members[old.logicalID] = old
		r.st.mark(r.s, old, types.ResourceStatusUpdateComplete, "", r.token)
	})
	return err == nil
}

// deleteStack deletes all resources of the stack, then the stack.
func (r *run) deleteStack(ctx context.Context, retain map[string]bool) {
	failed := r.removeAll(ctx, r.members(), func(m *member) bool { return m.onDelete != cfn.Delete || retain[m.logicalID] })
	if ctx.Err() != nil {
		return
	}
	if len(failed) > 0 {
		r.set(types.StackStatusDeleteFailed, failures(failed, "delete"))
		return
	}
	r.locked(func() { r.sh.end(r.s, r.st, r.token) })
}

// end makes a stack a deleted one, which only its id finds. The shard is locked.
func (sh *shard) end(s *Service, st *stack, token string) {
	st.set(s, types.StackStatusDeleteComplete, "", token)
	st.deleted = s.Clock.Now()
	delete(sh.stacks, st.name)
	sh.deleted = append(sh.deleted, st)
}

// wait waits for the operation of a stack to end and returns the status of the stack, with its reason.
func (s *Service) wait(ctx context.Context, account, region, id string) (types.StackStatus, string, error) {
	sh := s.shards.Get(account, region)
	sh.mu.Lock()
	st, err := sh.find(id)
	if err != nil {
		sh.mu.Unlock()
		return "", "", err
	}
	done := st.done
	sh.mu.Unlock()
	if done != nil {
		if err := clock.Wait(ctx, s.Clock, done); err != nil {
			return "", "", err
		}
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return st.status, st.why(), nil
}

// why is the first failure of the last operation, as stack sets report it, or the stack's own reason.
func (st *stack) why() string {
	why := st.reason
	for _, e := range slices.Backward(st.events) {
		self := aws.ToString(e.PhysicalResourceId) == st.id
		switch e.ResourceStatus {
		case types.ResourceStatusCreateFailed, types.ResourceStatusUpdateFailed, types.ResourceStatusDeleteFailed:
			if !self {
				why = "ResourceLogicalId:" + aws.ToString(e.LogicalResourceId) + ", ResourceType:" + aws.ToString(e.ResourceType) +
					", ResourceStatusReason:" + aws.ToString(e.ResourceStatusReason) + "."
			}
		case types.ResourceStatusCreateInProgress, types.ResourceStatusUpdateInProgress, types.ResourceStatusDeleteInProgress:
			if self {
				return why // the operation started here
			}
		}
	}
	return why
}
