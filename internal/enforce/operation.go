package enforce

import (
	"context"
	"errors"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/runbook"
	"github.com/layerfleet/layerfleet/internal/stackset"
)

// operations are those that one command sends to a stack set, one after the other.
type operations struct {
	client   *stackset.Client
	clock    access.Clock
	sink     event.Sink
	deployed *deployed
	writes   runbook.Content // what the set enforces when they are through
}

func newOperations(a *access.Access, d *deployed, writes runbook.Content, sink event.Sink) *operations {
	return &operations{client: stackset.New(a, false), clock: a.Clock(), sink: sink, deployed: d, writes: writes}
}

// id is the next id of an operation for a stage; 0 is for operations that change no template.
func (o *operations) id(stage int) string {
	id := stackset.OperationID{Set: o.deployed.set.UUID(), Revision: o.writes.Number, Stage: stage, Attempt: 1}
	for _, sent := range o.deployed.operations {
		if have, ours := stackset.ParseOperationID(sent.ID); ours && have.Revision == id.Revision && have.Stage == stage {
			id.Attempt = max(id.Attempt, have.Attempt+1)
		}
	}
	return id.String()
}

// wait waits for an operation that was sent, or that was sent before its answer was lost.
func (o *operations) wait(ctx context.Context, id string, sent error, step string) error {
	if sent != nil && !errors.Is(sent, stackset.ErrDuplicate) {
		return sent
	}
	name := o.deployed.set.Name
	if errors.Is(sent, stackset.ErrDuplicate) {
		now, err := find(ctx, o.client, name)
		if err != nil {
			return err
		}
		if now.content.By != o.writes.By || !now.content.At.Equal(o.writes.At) {
			return changed(now)
		}
	}
	if _, err := o.client.Wait(ctx, name, id, o.progress(step)); err != nil {
		return err
	}
	return o.deployed.refresh(ctx, o.client)
}

func (o *operations) progress(step string) func(done, total int) {
	return func(done, total int) {
		o.sink(event.Event{Type: event.Progress, Time: o.clock.Now(), Step: step, Done: done, Total: total})
	}
}

func (o *operations) note(text string) {
	o.sink(event.Event{Type: event.Note, Time: o.clock.Now(), Reason: fleet.Reason{Detail: text}})
}
