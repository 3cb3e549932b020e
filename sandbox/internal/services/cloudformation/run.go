package cloudformation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
)

// run is one operation on a stack. It locks the shard to record what happened, never during a call.
type run struct {
	s     *Service
	sh    *shard
	st    *stack
	actor call.Caller
	token string
	tags  map[string]string
	// refusal is why the stack's role could not be assumed; every action fails with it.
	refusal error
	// interrupted says that a deletion replaced this run, which then no longer sets the stack's status.
	interrupted bool
	cancel      context.CancelFunc
	// before are the members that this run replaced or changed, by logical id; nil values are members that it added.
	before map[string]*member
	order  []string // logical ids in the order of change
}

// start starts an operation, after the end of the one that it interrupts, if any. The caller has set the stack's status.
// The shard is locked.
func (s *Service) start(sh *shard, st *stack, c call.Caller, d desired, token string, work func(context.Context, *run)) {
	before, done := st.done, make(chan struct{})
	ctx, cancel := context.WithCancel(s.work.Context())
	r := &run{s: s, sh: sh, st: st, token: token, tags: d.tags, cancel: cancel, before: map[string]*member{}}
	st.done, st.running = done, r
	started := s.work.Go(func(context.Context) {
		defer close(done)
		defer cancel()
		if before != nil {
			_ = clock.Wait(context.Background(), s.Clock, before) // it ends in any case
		}
		r.actor, r.refusal = s.actor(ctx, c, d.roleARN)
		work(ctx, r)
	})
	if !started { // the sandbox is closing
		cancel()
		close(done)
	}
}

// interrupt stops an operation before its next action. The shard is locked.
func (r *run) interrupt() {
	r.interrupted = true
	r.cancel()
}

// locked calls f with the shard locked.
func (r *run) locked(f func()) {
	r.sh.mu.Lock()
	defer r.sh.mu.Unlock()
	f()
}

// set sets the stack's status, unless the run was interrupted.
func (r *run) set(status types.StackStatus, reason string) {
	r.locked(func() {
		if !r.interrupted {
			r.st.set(r.s, status, reason, r.token)
		}
	})
}

// mark sets a member's status.
func (r *run) mark(m *member, status types.ResourceStatus, reason string) {
	r.locked(func() { r.st.mark(r.s, m, status, reason, r.token) })
}

// step prepares an action on m.
func (r *run) step(ctx context.Context, m *member) (*resource.Step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.refusal != nil {
		return nil, fmt.Errorf("Role is invalid or cannot be assumed: %w", r.refusal) // AWS's words, UNCONFIRMED
	}
	return &resource.Step{
		Context: ctx, Dispatcher: r.s.Dispatcher, Clock: r.s.Clock, IDs: r.s.IDs, Caller: r.actor,
		Settle: r.s.settle(), Stack: r.st.name, LogicalID: m.logicalID, Tags: r.tags,
	}, nil
}

// Ref implements [cfn.Resolver].
func (r *run) Ref(logicalID string) (string, error) {
	r.sh.mu.Lock()
	defer r.sh.mu.Unlock()
	m := r.st.members[logicalID]
	if m == nil {
		return "", request.Invalid("Unresolved resource dependencies [%s] in the Resources block of the template", logicalID)
	}
	return m.made.Ref, nil
}

// Attribute implements [cfn.Resolver].
func (r *run) Attribute(logicalID, name string) (any, error) {
	r.sh.mu.Lock()
	defer r.sh.mu.Unlock()
	m := r.st.members[logicalID]
	if m == nil || m.made.Attributes[name] == nil {
		return nil, cfn.NoAttribute(cfn.Attribute{LogicalID: logicalID, Name: name})
	}
	return m.made.Attributes[name], nil
}

// apply makes and changes the resources of b in an order, until one fails, whose logical id it returns.
func (r *run) apply(ctx context.Context, b *cfn.Bound, order []*cfn.Resource) (failed string) {
	for _, res := range order {
		if !r.applyResource(ctx, b, res) {
			return res.LogicalID
		}
	}
	return ""
}

// applyResource makes or changes one resource of b.
func (r *run) applyResource(ctx context.Context, b *cfn.Bound, res *cfn.Resource) bool {
	next := &member{
		logicalID: res.LogicalID, kind: r.s.types[res.Type], needs: b.Dependencies(res),
		onDelete: res.DeletionPolicy, onReplace: res.UpdateReplacePolicy,
	}
	var old *member
	r.locked(func() { old = r.st.members[res.LogicalID] })
	if old != nil && old.made.ID == "" {
		old = nil // an earlier run could not make it
	}
	props, err := b.Properties(res, r)
	if err == nil {
		next.props = props
		next.metadata, err = b.Metadata(res, r)
	}
	switch {
	case old == nil:
		return r.create(ctx, next, nil, err)
	case err != nil:
		r.fail(next, old, types.ResourceStatusUpdateFailed, err)
		return false
	case sameProps(old.props, next.props):
		r.locked(func() {
			old.metadata, old.needs, old.onDelete, old.onReplace = next.metadata, next.needs, next.onDelete, next.onReplace
		})
		return true
	}
	replaces, err := old.kind.Replaces(old.props, next.props)
	switch {
	case err != nil:
		r.fail(next, old, types.ResourceStatusUpdateFailed, err)
		return false
	case replaces && old.kind.SameName(old.props, next.props):
		r.fail(next, old, types.ResourceStatusUpdateFailed, fmt.Errorf("CloudFormation cannot update a stack when a custom-named resource "+
			"requires replacing. Rename %s and update the stack again.", old.made.ID))
		return false
	case replaces:
		return r.create(ctx, next, old, nil)
	}
	return r.change(ctx, old, next)
}

// fail records the failure of an action on next, which replaces old if there is one.
func (r *run) fail(next, old *member, status types.ResourceStatus, err error) {
	r.locked(func() {
		if old != nil {
			next.made = old.made
		}
		r.st.mark(r.s, next, status, err.Error(), r.token)
		if old != nil {
			old.status, old.reason, old.at = next.status, next.reason, next.at
		}
	})
}

// create makes next, which replaces old if there is one. bad is why its properties could not be evaluated, or nil.
func (r *run) create(ctx context.Context, next, old *member, bad error) bool {
	inProgress, complete, failed := types.ResourceStatusCreateInProgress, types.ResourceStatusCreateComplete, types.ResourceStatusCreateFailed
	reason := ""
	if old != nil {
		inProgress, complete, failed = types.ResourceStatusUpdateInProgress, types.ResourceStatusUpdateComplete, types.ResourceStatusUpdateFailed
		reason = "Requested update requires the creation of a new physical resource; hence creating one."
	}
	r.locked(func() {
		if old != nil {
			next.made = old.made
		}
		r.st.mark(r.s, next, inProgress, reason, r.token)
		next.made = resource.Made{}
		if old == nil {
			r.st.members[next.logicalID] = next
		}
	})
	var made resource.Made
	err := bad
	if err == nil {
		var step *resource.Step
		if step, err = r.step(ctx, next); err == nil {
			made, err = next.kind.Create(step, next.props)
		}
	}
	r.locked(func() {
		next.made = made
		if err == nil || made.ID != "" {
			r.st.members[next.logicalID] = next
			r.before[next.logicalID] = old
			r.order = append(r.order, next.logicalID)
		}
		if err != nil {
			r.st.mark(r.s, next, failed, err.Error(), r.token)
			return
		}
		r.st.mark(r.s, next, complete, "", r.token)
	})
	return err == nil
}

// change updates old in place to next.
func (r *run) change(ctx context.Context, old, next *member) bool {
	next.made = old.made
	r.mark(next, types.ResourceStatusUpdateInProgress, "")
	var made resource.Made
	step, err := r.step(ctx, next)
	if err == nil {
		made, err = old.kind.Update(step, old.made, old.props, next.props)
	}
	r.locked(func() {
		if err != nil {
			r.st.mark(r.s, next, types.ResourceStatusUpdateFailed, err.Error(), r.token)
			old.status, old.reason, old.at = next.status, next.reason, next.at
			return
		}
		next.made = made
		r.st.members[next.logicalID] = next
		r.before[next.logicalID] = old
		r.order = append(r.order, next.logicalID)
		r.st.mark(r.s, next, types.ResourceStatusUpdateComplete, "", r.token)
	})
	if err != nil {
		// The failed update may have changed something: it is reverted as far as possible.
		if step, err := r.step(ctx, old); err == nil {
			_, _ = old.kind.Update(step, old.made, next.props, old.props)
		}
	}
	return err == nil
}

// remove deletes m, unless its policy keeps it.
func (r *run) remove(ctx context.Context, m *member, keep bool) bool {
	if keep || m.made.ID == "" {
		if m.made.ID != "" {
			r.mark(m, types.ResourceStatusDeleteSkipped, "")
		}
		return true
	}
	r.mark(m, types.ResourceStatusDeleteInProgress, "")
	step, err := r.step(ctx, m)
	if err == nil {
		err = m.kind.Delete(step, m.made, m.props)
	}
	if err != nil {
		r.mark(m, types.ResourceStatusDeleteFailed, err.Error())
		return false
	}
	r.mark(m, types.ResourceStatusDeleteComplete, "")
	return true
}

// removeAll deletes members, those that others depend on last. What a failed one depends on is kept. It returns the
// logical ids of those that failed.
func (r *run) removeAll(ctx context.Context, members []*member, keep func(*member) bool) (failed []string) {
	left := slices.Clone(members)
	slices.Reverse(left)
	stuck := map[string]bool{}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(m *member) bool {
			return !slices.ContainsFunc(left, func(o *member) bool { return o != m && slices.Contains(o.needs, m.logicalID) })
		})
		i = max(i, 0) // there is no cycle; if there were one, any member would do
		m := left[i]
		left = slices.Delete(left, i, i+1)
		if stuck[m.logicalID] || !r.remove(ctx, m, keep(m)) {
			if !stuck[m.logicalID] {
				failed = append(failed, m.logicalID)
			}
			for _, n := range m.needs {
				stuck[n] = true
			}
			continue
		}
		r.locked(func() {
			if r.st.members[m.logicalID] == m {
				delete(r.st.members, m.logicalID)
			}
		})
	}
	slices.Sort(failed)
	return failed
}

// failures is AWS's sentence on the resources that could not be created, updated or deleted.
func failures(ids []string, what string) string {
	return fmt.Sprintf("The following resource(s) failed to %s: [%s]. ", what, strings.Join(ids, ", "))
}
