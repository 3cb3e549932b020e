// Package demo runs the whole loop on a sandbox of its own: what is outdated, what AWS does about it once
// enforcement is deployed, and what is left and why. Everything goes over the wire, as it would on AWS.
package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/move"
	"github.com/layerfleet/layerfleet/internal/org"
	"github.com/layerfleet/layerfleet/internal/resolve"
)

// Target is the organization to run on.
type Target struct {
	Endpoint, Account, Secret string
	Regions                   []string // the home Region first
	Aggregator                string
	Speed                     float64
	Version                   string // of the program
}

// Moves are the layers that the demo moves: every other version of each to the wanted one, in the home Region.
type Moves []layer.VersionARN

// Reporter is told what happens: a line for each step, and how far long jobs are.
type Reporter interface {
	Say(format string, args ...any)
	Progress(job string, done, total int)
}

// patience is how much of the sandbox's time may pass without progress: a large organization takes as long as it takes.
const patience = time.Hour

// run is one run in progress.
type run struct {
	*Result
	Target
	report  Reporter
	a       *access.Access
	started time.Time
	before  map[string]fleet.Function // by ARN, as Lambda itself says
	names   map[string]string         // of accounts
	status  *enforce.Status
	wanted  []move.Move
}

// Run does all steps on one organization.
func Run(ctx context.Context, t Target, moves Moves, report Reporter) (*Result, error) {
	a, err := access.Open(ctx, access.Settings{
		Region: t.Regions[0], Endpoint: t.Endpoint, Speed: t.Speed, Version: t.Version,
		Credentials: credentials.NewStaticCredentialsProvider(t.Account, t.Secret, ""),
	})
	if err != nil {
		return nil, err
	}
	r := &run{
		Result: &Result{FormatVersion: "1", Left: []Left{}, NotCovered: []fleet.NotCovered{}},
		Target: t, report: report, a: a, started: time.Now(),
	}
	for _, step := range []func(context.Context, Moves) error{r.survey, r.deploy, r.compare} {
		if err := step(ctx, moves); err != nil {
			return nil, err
		}
	}
	r.Seconds = time.Since(r.started).Seconds()
	r.sort()
	return r.Result, nil
}

// survey reads coverage, the outdated functions, and every function's layers for the comparison at the end.
func (r *run) survey(ctx context.Context, moves Moves) error {
	tree, err := org.Read(ctx, r.a.Organizations(), r.Account)
	if err != nil {
		return err
	}
	r.names = map[string]string{}
	for _, acct := range tree.Accounts {
		r.names[acct.ID] = acct.Name
	}
	r.report.Say("organization %s: the management account and %s, %s", tree.ID, count.Of(len(tree.Accounts)-1, "other"), count.Of(len(r.Regions), "Region"))
	if r.before, err = r.functions(ctx); err != nil {
		return err
	}
	if r.wanted, err = resolve.Moves(ctx, r.a, wishes(moves), resolve.Options{Regions: r.Regions}); err != nil {
		return err
	}
	r.moves = enforce.Lines(r.wanted)
	outdated := map[string]bool{}
	for _, m := range moves {
		found, err := inventory.Find(ctx, r.a, inventory.Request{
			Scope: inventory.Scope{Regions: r.Regions}, Layers: layer.Selector{Name: m.Name}, Source: inventory.Aggregator,
			Aggregator: r.Aggregator, Progress: r.report.Progress,
		})
		if err != nil {
			return err
		}
		r.NotCovered = found.Coverage.NotCovered
		for _, f := range found.Functions {
			if r.outdated(f.Function) {
				outdated[f.ARN] = true
			}
		}
	}
	r.OutdatedBefore = len(outdated)
	for arn := range outdated {
		r.line(r.before[arn].Pair).outdated++
	}
	for _, f := range r.before {
		r.line(f.Pair) // pairs without an outdated function have a row, too
	}
	for _, n := range r.NotCovered {
		r.line(n.Pair).notCovered = n.Code.Sentence()
	}
	r.mark(r.OutdatedBefore)
	r.report.Say("coverage: %s (one account in one Region each) %s not covered", count.Of(len(r.NotCovered), "pair"), count.Word(len(r.NotCovered), "is", "are"))
	r.report.Say("find: %s an outdated layer", count.Of(r.OutdatedBefore, "function")+" "+count.Word(r.OutdatedBefore, "runs", "run"))
	return nil
}

// wishes are the moves as a person states them: from every other version.
func wishes(moves Moves) []resolve.Wish {
	out := make([]resolve.Wish, len(moves))
	for i, m := range moves {
		out[i] = resolve.Wish{Old: m.ARN.String(), New: m.String()}
	}
	return out
}

// mark puts a point on the curve.
func (r *run) mark(outdated int) {
	r.points = append(r.points, point{seconds: time.Since(r.started).Seconds(), outdated: outdated})
}

// functions are all functions of all active accounts as Lambda says, not Config: what the comparison rests on.
func (r *run) functions(ctx context.Context) (map[string]fleet.Function, error) {
	list, _, err := inventory.List(ctx, r.a, inventory.Request{Scope: inventory.Scope{Regions: r.Regions}, Progress: r.report.Progress})
	if err != nil {
		return nil, err
	}
	out := make(map[string]fleet.Function, len(list))
	for _, f := range list {
		out[f.ARN] = f
	}
	return out, nil
}

// deploy puts enforcement everywhere, the canary first, and follows it to its end.
func (r *run) deploy(ctx context.Context, moves Moves) error {
	first, now, last := map[string]int{}, map[string]int{}, r.OutdatedBefore // open functions, by stage and in all
	sink := func(e event.Event) {
		if e.Type != event.Progress {
			return
		}
		r.report.Progress(e.Step, e.Done, e.Total)
		if e.Step != enforce.Moving {
			return
		}
		if _, known := first[e.Stage]; !known {
			first[e.Stage] = e.Total - e.Done
		}
		now[e.Stage] = e.Total - e.Done
		open := r.OutdatedBefore
		for stage, n := range first {
			open -= n - now[stage]
		}
		if open < last {
			last = open
			r.mark(open)
		}
	}
	prepare := func() (*enforce.Plan, error) {
		return enforce.Prepare(ctx, r.a, enforce.Options{
			Name: "layerfleet", Wishes: wishes(moves), Wait: patience, Aggregator: r.Aggregator,
			Selection: enforce.Selection{All: true, Regions: r.Regions},
		}, sink)
	}
	plan, err := prepare()
	if err != nil {
		return err
	}
	var stages []string
	for _, s := range plan.Stages {
		stages = append(stages, fmt.Sprintf("%s: %s", s.Name, count.Of(s.Pairs, "pair")))
	}
	r.report.Say("enforce deploy: %s", strings.Join(stages, ", then "))
	for ended := -1; ; { // the same deployment continues, as long as functions come to an end
		r.status, err = plan.Apply(ctx, r.a, sink)
		if err != nil && !errors.Is(err, enforce.ErrCanary) && !errors.Is(err, enforce.ErrNotFinished) {
			return err
		}
		now := r.status.Total.Using() - r.status.Total.Open
		if !errors.Is(err, enforce.ErrNotFinished) || now <= ended {
			break
		}
		ended = now
		if plan, err = prepare(); err != nil {
			return err
		}
	}
	if err != nil {
		r.report.Say("%s", err) // the demo continues without the others, and its table says why
	}
	t := r.status.Total
	r.report.Say("evaluation and remediation: %d of %s that use these layers %s right", t.Right, count.Of(t.Using(), "function"), count.Word(t.Right, "is", "are"))
	return nil
}

// open says why a function of a pair can be left although nothing failed.
func (r *run) open(p fleet.Pair) fleet.Reason {
	i := slices.IndexFunc(r.status.Pairs, func(s enforce.PairStatus) bool { return s.Pair == p })
	switch {
	case i < 0:
		return fleet.Reason{Code: fleet.NotDeployed}
	case r.status.Pairs[i].Code != "":
		return r.status.Pairs[i].Reason
	}
	return fleet.Reason{Code: fleet.RemediationPending}
}

// compare reads every function again and compares it with what it was. A change that nobody asked for is an error.
func (r *run) compare(ctx context.Context, _ Moves) error {
	after, err := r.functions(ctx)
	if err != nil {
		return err
	}
	reasons := map[string]fleet.Reason{}
	for _, f := range r.status.Functions {
		if f.Code != "" {
			reasons[f.ARN] = f.Reason
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(r.before)) {
		was, is := r.before[arn], after[arn]
		changed, err := r.changes(was, is)
		if err != nil {
			return err
		}
		if !changed {
			r.Unchanged++
		}
		switch outdated := r.outdated(is); {
		case r.line(was.Pair).notCovered != "":
		case outdated:
			reason, known := reasons[arn]
			if !known {
				reason = r.open(was.Pair)
			}
			r.Left = append(r.Left, Left{Pair: was.Pair, Function: was.Name, Reason: reason})
			r.line(was.Pair).left++
		case changed:
			r.Remediated++
			r.line(was.Pair).remediated++
		}
	}
	r.mark(len(r.Left))
	for i := range r.pairs {
		r.pairs[i].account = r.names[r.pairs[i].AccountID]
	}
	return nil
}

// changes says whether a list changed, and fails if it is another one than was wanted.
func (r *run) changes(was, is fleet.Function) (bool, error) {
	if slices.Equal(was.Layers, is.Layers) {
		return false, nil
	}
	if wanted := r.decide(was).After; !slices.Equal(wanted, is.Layers) {
		return false, fmt.Errorf("function %s had layers %v and has %v, which nobody asked for", was.ARN, was.Layers, is.Layers)
	}
	return true, nil
}

func (r *run) decide(f fleet.Function) move.Answer { return move.All(r.wanted, f, move.Facts{}) }

// outdated says whether a function uses another version of a wanted layer than it should, whatever keeps it there.
func (r *run) outdated(f fleet.Function) bool {
	v := r.decide(f).Verdict
	return v == move.Moves || v == move.Blocked
}
