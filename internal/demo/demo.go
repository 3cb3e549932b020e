// Package demo tells the whole story on a sandbox of its own: what is outdated, what AWS does about it once
// enforcement is deployed, and what is left and why. Everything goes over the wire, as it would on AWS.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/layer"
	"github.com/layerfleet/layerfleet/internal/org"
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

// Teller hears what happens: a line for each chapter, and how far long jobs are.
type Teller interface {
	Say(format string, args ...any)
	Progress(job string, done, total int)
}

// limit is how much of the sandbox's time remediation may take.
const limit = 2 * time.Hour

// run is one run in progress.
type run struct {
	*Story
	Target
	teller  Teller
	a       *access.Access
	started time.Time
	before  map[string]fleet.Function // by ARN, as Lambda itself says
	names   map[string]string         // of accounts
	status  *enforce.Status
	wanted  map[string]map[string]bool // Region → wanted layer version ARNs
}

// Run tells the story of one organization.
func Run(ctx context.Context, t Target, moves Moves, teller Teller) (*Story, error) {
	a, err := access.Open(ctx, access.Settings{
		Region: t.Regions[0], Endpoint: t.Endpoint, Speed: t.Speed, Version: t.Version,
		Credentials: credentials.NewStaticCredentialsProvider(t.Account, t.Secret, ""),
	})
	if err != nil {
		return nil, err
	}
	r := &run{
		Story:  &Story{FormatVersion: "1", Left: []Left{}, NotCovered: []fleet.NotCovered{}},
		Target: t, teller: teller, a: a, started: time.Now(), wanted: map[string]map[string]bool{},
	}
	for _, chapter := range []func(context.Context, Moves) error{r.look, r.deploy, r.compare} {
		if err := chapter(ctx, moves); err != nil {
			return nil, err
		}
	}
	r.Seconds = time.Since(r.started).Seconds()
	r.sort()
	return r.Story, nil
}

// look reads coverage, the outdated functions, and every function's layers for the comparison at the end.
func (r *run) look(ctx context.Context, moves Moves) error {
	tree, err := org.Read(ctx, r.a.Organizations(), r.Account)
	if err != nil {
		return err
	}
	r.names = map[string]string{}
	for _, acct := range tree.Accounts {
		r.names[acct.ID] = acct.Name
	}
	r.teller.Say("organization %s: %d accounts, %d Regions", tree.ID, len(tree.Accounts), len(r.Regions))
	if r.before, err = r.functions(ctx); err != nil {
		return err
	}
	outdated := map[string]bool{}
	for _, m := range moves {
		found, err := inventory.Find(ctx, r.a, inventory.Request{
			Scope: inventory.Scope{Regions: r.Regions}, Layers: layer.Selector{Name: m.Name}, Source: inventory.Aggregator,
			Aggregator: r.Aggregator, Progress: r.teller.Progress,
		})
		if err != nil {
			return err
		}
		r.NotCovered = found.Coverage.NotCovered
		plan, err := enforce.Resolve(ctx, r.a, []enforce.Request{{Old: m.ARN.String(), New: m.String()}}, r.Regions, false)
		if err != nil {
			return err
		}
		for region, v := range plan[0].Regions {
			r.want(region, m.ARN.WithRegion(region).At(v.New).String())
			r.moves = append(r.moves, fmt.Sprintf("%s: every other version of %s → %d", region, m.Name, v.New))
		}
		for _, f := range found.Functions {
			if plan[0].Affects(f.Function) {
				outdated[f.ARN] = true
			}
		}
	}
	slices.Sort(r.moves)
	r.OutdatedBefore = len(outdated)
	for arn := range outdated {
		r.line(r.before[arn].Pair).outdated++
	}
	for _, f := range r.before {
		r.line(f.Pair).functions++
	}
	for _, n := range r.NotCovered {
		r.line(n.Pair).notCovered = n.Code.Sentence()
	}
	r.mark(r.OutdatedBefore)
	r.teller.Say("coverage: %d pairs of account and Region are not covered", len(r.NotCovered))
	r.teller.Say("find: %d functions run an outdated layer", r.OutdatedBefore)
	return nil
}

func (r *run) want(region, arn string) {
	if r.wanted[region] == nil {
		r.wanted[region] = map[string]bool{}
	}
	r.wanted[region][arn] = true
}

// mark puts a point on the curve.
func (r *run) mark(outdated int) {
	r.points = append(r.points, point{seconds: time.Since(r.started).Seconds(), outdated: outdated})
}

// functions are all functions of all active accounts as Lambda says, not Config: the witness of the comparison.
func (r *run) functions(ctx context.Context) (map[string]fleet.Function, error) {
	list, _, err := inventory.List(ctx, r.a, inventory.Request{Scope: inventory.Scope{Regions: r.Regions}, Progress: r.teller.Progress})
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
	requests := make([]enforce.Request, len(moves))
	for i, m := range moves {
		requests[i] = enforce.Request{Old: m.ARN.String(), New: m.String()}
	}
	right, last := r.right(), 0
	progress := func(job string, done, total int) {
		r.teller.Progress(job, done, total)
		// Compliant are those that were right before, and those that were moved. While only the canary is followed
		// there are fewer of both, and the curve stays where it is.
		if moved := done - right; job == enforce.Remediating && moved > last {
			last = moved
			r.mark(r.OutdatedBefore - moved)
		}
	}
	plan, err := enforce.Prepare(ctx, r.a, enforce.Options{
		Name: "layerfleet", Requests: requests, Settle: limit, Aggregator: r.Aggregator,
		Selection: enforce.Selection{All: true, Regions: r.Regions},
	}, progress)
	if err != nil {
		return err
	}
	r.teller.Say("enforce deploy: %s", strings.Join(plan.Stages, ", then "))
	err = plan.Apply(ctx, r.a, progress)
	switch {
	case errors.Is(err, enforce.ErrCanary), errors.Is(err, enforce.ErrNotJudged):
		r.teller.Say("%s", err) // the story goes on without the others, and its table says why
	case err != nil:
		return err
	}
	if r.status, err = enforce.Follow(ctx, r.a, "layerfleet", limit, progress); err != nil {
		return err
	}
	compliant, failing := 0, 0
	for _, p := range r.status.Pairs {
		compliant, failing = compliant+p.Compliant, failing+p.NonCompliant
	}
	r.teller.Say("evaluation and remediation: %d functions compliant, %d not", compliant, failing)
	return nil
}

// open says why a function of a pair can be left although nothing failed.
func (r *run) open(p fleet.Pair) string {
	i := slices.IndexFunc(r.status.Pairs, func(s enforce.PairStatus) bool { return s.Pair == p })
	switch {
	case i < 0:
		return fleet.NotDeployed.Sentence()
	case r.status.Pairs[i].Reason != "":
		return r.status.Pairs[i].Reason
	case r.status.Pairs[i].NonCompliant > 0:
		return fleet.RemediationPending.Sentence()
	}
	return fleet.NotEvaluated.Sentence()
}

// right counts the functions of covered pairs that use a wanted layer and no other version of one.
func (r *run) right() int {
	n := 0
	for _, f := range r.before {
		uses := slices.ContainsFunc(f.Layers, func(l string) bool { return r.wanted[f.Region][l] })
		if uses && !r.outdated(f) && r.line(f.Pair).notCovered == "" {
			n++
		}
	}
	return n
}

// compare reads every function again and holds it against what it was. A change that nobody asked for is an error:
// the story did not run as it should.
func (r *run) compare(ctx context.Context, _ Moves) error {
	after, err := r.functions(ctx)
	if err != nil {
		return err
	}
	reasons := map[string]string{}
	for _, f := range r.status.Failures {
		reasons[f.AccountID+"/"+f.Region+"/"+f.Function] = f.Why()
	}
	dark := map[fleet.Pair]bool{}
	for _, n := range r.NotCovered {
		dark[n.Pair] = true
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
		case dark[was.Pair]:
		case outdated:
			reason := cmp.Or(reasons[was.AccountID+"/"+was.Region+"/"+was.Name], r.open(was.Pair))
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

// changes says whether a list changed, and fails if anything but outdated elements did.
func (r *run) changes(was, is fleet.Function) (bool, error) {
	if slices.Equal(was.Layers, is.Layers) {
		return false, nil
	}
	if len(was.Layers) != len(is.Layers) {
		return false, fmt.Errorf("function %s had layers %v and has %v", was.ARN, was.Layers, is.Layers)
	}
	for i, old := range was.Layers {
		if old != is.Layers[i] && (!r.isOutdated(was.Region, old) || !r.wanted[was.Region][is.Layers[i]]) {
			return false, fmt.Errorf("function %s: layer %d changed from %s to %s, which nobody asked for", was.ARN, i+1, old, is.Layers[i])
		}
	}
	return true, nil
}

// outdated says whether a function carries another version of a wanted layer.
func (r *run) outdated(f fleet.Function) bool {
	return slices.ContainsFunc(f.Layers, func(l string) bool { return r.isOutdated(f.Region, l) })
}

func (r *run) isOutdated(region, arn string) bool {
	if r.wanted[region][arn] {
		return false
	}
	have, err := layer.ParseVersionARN(arn)
	if err != nil {
		return false
	}
	for wanted := range r.wanted[region] {
		if strings.HasPrefix(wanted, have.ARN.String()+":") {
			return true
		}
	}
	return false
}
