package guard_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/layerfleet/layerfleet/guard"
)

// seeds gives the rules and documents of the probes.
func seeds(f *testing.F) []probe {
	f.Helper()
	text, err := os.ReadFile("testdata/probes.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct{ Probes []probe }
	if err := json.Unmarshal(text, &file); err != nil {
		f.Fatal(err)
	}
	return file.Probes
}

// patience is how long a single input may take.
const patience = 5 * time.Second

// FuzzCompile looks for rule files on which the parser panics or hangs, and
// for errors without a place.
func FuzzCompile(f *testing.F) {
	for _, p := range seeds(f) {
		f.Add(p.Rules)
	}
	f.Add(policy)
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		for _, d := range []guard.Dialect{guard.DialectConfig, guard.DialectV3} {
			_, err := guard.Compile([]byte(src), guard.Options{Dialect: d, Name: "f"})
			var found guard.Diagnostics
			if err != nil && !errors.Is(err, guard.ErrTooLong) && (!errors.As(err, &found) || len(found) == 0 || found[0].Pos.Line < 1 || found.Error() == "") {
				t.Errorf("error without a place: %v", err)
			}
		}
		if took := time.Since(start); took > patience {
			t.Errorf("took %v", took)
		}
	})
}

// FuzzLoad looks for documents on which a loader panics or hangs.
func FuzzLoad(f *testing.F) {
	for _, p := range seeds(f) {
		f.Add(p.Data)
	}
	f.Add(item)
	f.Add("a: !Sub [x, {y: !Ref z}]\nb: &c [1]\nd: *c\n")
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		for _, l := range []guard.Loader{guard.LoadValues, guard.LoadCLI2, guard.LoadCLI3, guard.LoadTest} {
			if d, err := guard.Load("f", []byte(text), l); err == nil && (d.Root() == nil || d.Size() < 1 || d.Root().String() == "") {
				t.Error("no error and no document")
			}
		}
		if took := time.Since(start); took > patience {
			t.Errorf("took %v", took)
		}
	})
}

// FuzzEval looks for rules and documents on which the evaluator panics or
// hangs, and on which a trace says something else than the status.
func FuzzEval(f *testing.F) {
	for _, p := range seeds(f) {
		f.Add(p.Rules, p.Data)
	}
	f.Add(policy, item)
	f.Fuzz(func(t *testing.T, src, text string) {
		start := time.Now()
		defer func() {
			if took := time.Since(start); took > patience {
				t.Errorf("took %v", took)
			}
		}()
		limits := guard.Limits{MaxSteps: 100_000, MaxDepth: 200}
		for _, dialect := range []guard.Dialect{guard.DialectConfig, guard.DialectV3} {
			r, err := guard.Compile([]byte(src), guard.Options{Dialect: dialect, Limits: limits})
			if err != nil {
				continue
			}
			d, err := guard.Load("f", []byte(text), guard.LoadCLI3)
			if err != nil {
				return
			}
			status, err := r.Status(context.Background(), d)
			result, traced := r.Eval(context.Background(), d)
			switch {
			case errors.Is(err, guard.ErrLimit) || errors.Is(traced, guard.ErrLimit):
			case (err == nil) != (traced == nil):
				t.Errorf("status: %v, trace: %v", err, traced)
			case err == nil && result.Status != status:
				t.Errorf("status %v, traced %v", status, result.Status)
			case err == nil:
				explained(t, result)
			}
		}
	})
}

// explained holds that whatever failed has a reason, and that all of it prints.
func explained(t *testing.T, r *guard.Result) {
	t.Helper()
	for i := range r.Rules {
		rule := &r.Rules[i]
		if (rule.Status == guard.StatusFail) != (len(rule.Findings) > 0) {
			t.Errorf("rule %s is %v with %d findings", rule.Name, rule.Status, len(rule.Findings))
		}
		if tree := rule.Explain().String(); !strings.HasPrefix(tree, rule.Status.String()+"  rule "+rule.Name) {
			t.Errorf("the explanation of rule %s begins with %.100q", rule.Name, tree)
		}
	}
	for _, f := range r.Failed() {
		if line := f.String(); f.Expected == "" || f.Clause == "" || strings.ContainsAny(line, "\n\r\x1b") {
			t.Errorf("%#v prints as %q", f, line)
		}
	}
}
