package enforce_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestNumbers compares what the plan and the status say with what functions have, in drawn organizations with exempt
// functions, functions that AWS refuses to change, and accounts that cannot be reached.
func TestNumbers(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed+1), func(t *testing.T) {
			draw := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // drawn, not secret
			w := start(t, sandbox.Options{Accounts: 5 + draw.IntN(3), Functions: 30 + draw.IntN(30), Regions: []string{home}, Seed: seed + 1})
			before := w.layers()
			for _, arn := range slices.Sorted(maps.Keys(before)) {
				if account := strings.Split(arn, ":")[4]; draw.IntN(8) == 0 && account != w.sb.Management() && !w.sb.Suspended(account) {
					w.tag(arn, "LayerfleetExempt", "")
				}
			}
			o := w.to(int64(4 + draw.IntN(3)))
			wanted := o.Wishes[0].New
			p := w.prepare(o)
			s, err := p.Apply(t.Context(), w.a, quiet)
			if err != nil {
				t.Fatal(err)
			}
			w.compare(p, s, before, w.layers(), wanted)
			// The account without a recorder has no rule, so there is something to do.
			if p := w.prepare(o); p.Action != "continue" || len(p.Functions) > 0 {
				t.Errorf("the repeat would %s, with %d functions", p.Action, len(p.Functions))
			}
		})
	}
}

func (w world) compare(p *enforce.Plan, s *enforce.Status, before, after map[string][]string, wanted string) {
	w.Helper()
	planned, left, ended := map[string]bool{}, map[string]fleet.Code{}, map[string]watch.Outcome{}
	for _, f := range p.Functions {
		planned[f.ARN] = true
	}
	for _, l := range p.Left {
		left[l.ARN] = l.Code
	}
	for _, f := range s.Functions {
		ended[f.ARN] = f
	}
	staged := 0
	for _, stage := range p.Stages {
		staged += stage.Functions
	}
	if staged != len(p.Functions) || len(planned) != staged {
		w.Errorf("the stages have %d functions, the plan %d", staged, len(p.Functions))
	}
	covered := map[string]bool{}
	for _, pair := range s.Pairs {
		covered[pair.AccountID] = pair.Code == ""
	}
	layer := wanted[:strings.LastIndexByte(wanted, ':')+1]
	var counts watch.Counts
	for arn, was := range before {
		is := after[arn]
		uses := slices.ContainsFunc(is, func(l string) bool { return strings.HasPrefix(l, layer) })
		right := slices.Contains(is, wanted)
		outcome := ended[arn]
		switch changed := !slices.Equal(was, is); {
		case changed && !planned[arn]:
			w.Errorf("%s changed and was not announced: %v, %v", arn, was, is)
		case changed && !right:
			w.Errorf("%s has %v", arn, is)
		case planned[arn] && !changed && outcome.Code == "" && covered[outcome.AccountID]:
			w.Errorf("%s was announced, did not change, and nothing says why", arn)
		case left[arn] != "" && outcome.Code != left[arn]:
			w.Errorf("%s: the plan says %s, the status %s", arn, left[arn], outcome.Code)
		}
		if !covered[strings.Split(arn, ":")[4]] {
			continue
		}
		switch {
		case !uses:
			counts.NotUsing++
		case left[arn] == fleet.Exempt:
			counts.Exempt++
		case right:
			counts.Right++
		case left[arn] != "":
			counts.Left++
		default:
			counts.Excepted++
		}
	}
	got := s.Total
	got.Excepted += got.Failed
	got.Failed, got.Stale = 0, 0
	for _, pair := range s.Pairs { // what was seen of pairs that are not covered counts, but not here
		if pair.Code != "" {
			got.Right -= pair.Right
			got.NotUsing -= pair.NotUsing
		}
	}
	if got != counts {
		w.Errorf("the status counts %+v, Lambda says %+v", got, counts)
	}
}
