package guard_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

// TestConcurrent evaluates one rule file on one document from many goroutines,
// with errors in between.
func TestConcurrent(t *testing.T) {
	r := mustCompile(t, policy+"\nrule captured { tags[ k | this exists ] exists\n %k in [\"team\", \"stage\"] }", guard.DialectConfig)
	good, bad := mustLoad(t, item, guard.LoadValues), mustLoad(t, strings.Replace(item, "runtime:7", "runtime:6", 1), guard.LoadValues)
	sets := mustCompile(t, "rule r { relationships[*] == configuration.layers[*] }", guard.DialectConfig)
	broken := mustCompile(t, "rule r { configuration.timeout empty }", guard.DialectConfig)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if s, err := r.Status(context.Background(), good); err != nil || s != guard.StatusPass {
					t.Errorf("good: %v, %v", s, err)
				}
				if s, err := r.Status(context.Background(), bad); err != nil || s != guard.StatusFail {
					t.Errorf("bad: %v, %v", s, err)
				}
				if res, err := r.Eval(context.Background(), bad); err != nil || len(res.Rules[0].Findings) != 1 {
					t.Errorf("traced: %v, %v", res, err)
				}
				if res, err := sets.Eval(context.Background(), good); err != nil || len(res.Failed()) != 2 {
					t.Errorf("sets: %v, %v", res, err)
				}
				if _, err := broken.Status(context.Background(), good); err == nil {
					t.Error("broken: no error")
				}
			}
		})
	}
	wg.Wait()
}
