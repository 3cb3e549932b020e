package enforce_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/internal/stackset"
	"github.com/layerfleet/layerfleet/sandbox"
)

// to is a deployment of a version of the common layer to the home Region, in one stage.
func (w world) to(n int64) enforce.Options {
	layer := w.version(n)
	return enforce.Options{
		Wishes:    []resolve.Wish{{Old: layer[:strings.LastIndexByte(layer, ':')], New: layer}},
		Selection: enforce.Selection{All: true, Regions: []string{home}}, Canary: "none",
	}
}

// off counts the functions of the home Region that use the common layer in another version than n; account may be
// empty for all.
func (w world) off(n int64, account string) int {
	w.Helper()
	out := 0
	for arn, layers := range w.layers() {
		f := strings.Split(arn, ":")
		if f[3] != home || account != "" && f[4] != account {
			continue
		}
		for _, l := range layers {
			if strings.Contains(l, ":layer:"+sandbox.LayerRuntime+":") && l != w.version(n) {
				out++
			}
		}
	}
	return out
}

func (w world) status() *enforce.Status {
	w.Helper()
	s, err := enforce.ReadStatus(w.Context(), w.a, "layerfleet", quiet)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// refuse makes AWS Config refuse to evaluate, in one account or in all.
func (w world) refuse(account, code string, times int) (allow func()) {
	status := 400
	if code == "AccessDeniedException" {
		status = 403
	}
	return w.sb.Inject(sandbox.Fault{
		Service: "config", Operation: "StartConfigRulesEvaluation", Account: account, Times: times,
		Status: status, Code: code, Message: "You have called this too often or an evaluation is in progress",
	})
}

// TestEvaluationsThatComeLate is F14: a deployment whose evaluations do not come is not finished, and says how many
// functions are open; it never ends as done with functions on the old version.
func TestEvaluationsThatComeLate(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 24, Clean: true, Regions: []string{home}})
	w.deploy(w.to(5))
	allow := w.refuse("", "LimitExceededException", 0)
	o := w.to(6)
	o.Wait = 2 * time.Minute
	s, err := w.prepare(o).Apply(t.Context(), w.a, quiet)
	wrong := w.off(6, "")
	if !errors.Is(err, enforce.ErrNotFinished) || wrong == 0 || s.Total.Open != wrong {
		t.Fatalf("%d functions are on the old version, the status says %d open, error %v", wrong, s.Total.Open, err)
	}
	if s := w.status(); s.Total.Open != wrong || s.Total.Right != 0 {
		t.Errorf("the status counts %+v; %d functions are on the old version", s.Total, wrong)
	}
	if p := w.prepare(o); p.Action != "continue" || len(p.Functions) != wrong {
		t.Errorf("the repeat would %s with %d functions; %d are on the old version", p.Action, len(p.Functions), wrong)
	}
	allow()
	if s, err := w.prepare(w.to(6)).Apply(t.Context(), w.a, quiet); err != nil || s.Total.Open > 0 || w.off(6, "") > 0 {
		t.Errorf("the repeat left %d functions, %+v, %v", w.off(6, ""), s, err)
	}
}

// TestEvaluationIsWaitedFor is F1's third way: refusals of evaluation, because one is running or was asked for within
// the minute, are waited out.
func TestEvaluationIsWaitedFor(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 24, Clean: true, Regions: []string{home}})
	w.deploy(w.to(5))
	w.refuse("", "LimitExceededException", 6)
	if s := w.deploy(w.to(6)); s.Total.Open > 0 || !s.Covered() || w.off(6, "") > 0 {
		t.Errorf("%d functions left, %+v", w.off(6, ""), s.Total)
	}
}

// TestOneAccountWithoutOperator is F1: the others are asked all the same, the pair is not covered, also in the repeat,
// and the deployment is finished by the same command when the role is mended.
func TestOneAccountWithoutOperator(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 40, Clean: true, Regions: []string{home}})
	w.deploy(w.to(5))
	poor := w.sb.Accounts()[2]
	allow := w.refuse(poor, "AccessDeniedException", 0)
	for _, run := range []string{"first", "repeat"} {
		s := w.deploy(w.to(6))
		wrong := w.off(6, poor)
		if all := w.off(6, ""); wrong == 0 || all != wrong {
			t.Fatalf("%s: %d functions of the account are left, and %d of all", run, wrong, all)
		}
		if s.Covered() || s.Total.Open > 0 {
			t.Errorf("%s: covered %v, %+v", run, s.Covered(), s.Total)
		}
		for _, p := range s.Pairs {
			if bad := p.AccountID == poor; bad != (p.Code == fleet.RoleDenied) {
				t.Errorf("%s: %s has reason %q", run, p.Pair, p.Code)
			}
		}
	}
	allow()
	if s := w.deploy(w.to(6)); !s.Covered() || w.off(6, "") > 0 {
		t.Errorf("after the role was mended: %d functions left, %+v", w.off(6, ""), s.Total)
	}
}

// TestPlanThatWaited is F6: what another operator deployed while a plan waited at its question is not undone.
func TestPlanThatWaited(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 30, Clean: true, Regions: []string{home}})
	w.deploy(w.to(5))
	o := w.to(5)
	o.Wishes = []resolve.Wish{w.move(sandbox.LayerObserve)}
	waiting := w.prepare(o)
	w.deploy(w.to(6))
	sent := w.operations("layerfleet")
	_, err := waiting.Apply(t.Context(), w.a, quiet)
	if !errors.Is(err, stackset.ErrChanged) || !strings.Contains(err.Error(), "version 6") {
		t.Errorf("error %v, want one that shows what the other operator deployed", err)
	}
	if now := w.operations("layerfleet"); now != sent || w.off(6, "") > 0 {
		t.Errorf("%d operations were sent", now-sent)
	}
	if s := w.status(); len(s.Moves) != 1 {
		t.Errorf("the set enforces %v", enforce.Lines(s.Moves))
	}
}

// TestFirstPlanThatWaited is the same where neither plan saw a set.
func TestFirstPlanThatWaited(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 30, Clean: true, Regions: []string{home}})
	waiting := w.prepare(w.to(5))
	w.deploy(w.to(6))
	if _, err := waiting.Apply(t.Context(), w.a, quiet); !errors.Is(err, stackset.ErrChanged) {
		t.Errorf("error %v", err)
	}
	if w.off(6, "") > 0 {
		t.Error("functions were moved back")
	}
}

// TestTwoSetsAtOnce is F5: of two sets that contradict each other the one whose name sorts later withdraws, whichever
// was made first.
func TestTwoSetsAtOnce(t *testing.T) {
	for name, order := range map[string][2]string{"earlier first": {"aaa", "bbb"}, "later first": {"bbb", "aaa"}} {
		t.Run(name, func(t *testing.T) {
			w := start(t, sandbox.Options{Accounts: 3, Functions: 30, Clean: true, Regions: []string{home}})
			versions := map[string]int64{"aaa": 4, "bbb": 5}
			var plans []*enforce.Plan
			for _, name := range order {
				o := w.to(versions[name])
				o.Name = name
				plans = append(plans, w.prepare(o))
			}
			errs := make(chan error, 2)
			for _, p := range plans {
				go func() {
					_, err := p.Apply(t.Context(), w.a, quiet)
					errs <- err
				}()
			}
			var failed []error
			for range plans {
				if err := <-errs; err != nil {
					failed = append(failed, err)
				}
			}
			if len(failed) != 1 || !strings.Contains(failed[0].Error(), "they would undo each other") {
				t.Errorf("errors %v, want one that says what the sets would do", failed)
			}
			s, err := enforce.ReadStatus(t.Context(), w.a, "aaa", quiet)
			if err != nil {
				s, err = enforce.ReadStatus(t.Context(), w.a, "bbb", quiet)
			} else if _, both := enforce.ReadStatus(t.Context(), w.a, "bbb", quiet); both == nil {
				t.Error("both sets stand")
			}
			if err != nil || s.Total.Open > 0 || w.off(versions[s.StackSet], "") > 0 {
				t.Errorf("the set that stands: %+v, %v", s, err)
			}
		})
	}
}
