package health_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/layerfleet/layerfleet/internal/health"
	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// simulated is one function of a simulated fleet.
type simulated struct {
	region string
	rate   float64 // calls a minute
	share  float64 // of calls that fail
}

// world is a fleet on its way through the stages of one deployment.
type world struct {
	*rand.Rand
	functions []simulated
	retries   bool  // an event that fails is tried three times, as Lambda does with asynchronous ones
	clump     int64 // what the judge takes for that
	// fails is the chance that a call fails which would have succeeded: by the release, or by the Region.
	fails func(f simulated, moved bool, minute int) float64
}

// poisson draws a number of events.
func (w *world) poisson(mean float64) int64 {
	const large = 60 // above, the normal distribution is close enough
	if mean > large {
		return max(0, int64(math.Round(mean+math.Sqrt(mean)*w.NormFloat64())))
	}
	if mean == 0 {
		return 0
	}
	n, p, none := int64(0), w.Float64(), math.Exp(-mean)
	for ; p > none; n++ {
		p *= w.Float64()
	}
	return n
}

// calls draws what a function does in some minutes.
func (w *world) calls(f simulated, minutes, fails float64) stat.Counts {
	share := f.share + (1-f.share)*fails
	bad, tries := w.poisson(f.rate*minutes*share), int64(1)
	if w.retries {
		bad, tries = w.poisson(f.rate*minutes*share/3), 3
	}
	return stat.Counts{Invocations: w.poisson(f.rate*minutes*(1-share)) + bad*tries, Errors: bad * tries}
}

// day is the baseline: 24 hours.
const day = 24 * 60

// deploy moves the functions from first to next in one stage, looks every minute, and gives the last finding.
func (w *world) deploy(first, next, bake, stages int) health.Finding {
	all := make([]health.Function, len(w.functions))
	for i := first; i < len(all); i++ {
		all[i] = health.Function{Place: w.functions[i].region, Clump: w.clump, Sample: stat.Sample{Before: w.calls(w.functions[i], day, 0)}}
	}
	moved, control := all[first:next], all[next:]
	for minute := 1; ; minute++ {
		for i := first; i < len(all); i++ {
			f := w.functions[i]
			all[i].After = all[i].After.Plus(w.calls(f, 1, w.fails(f, i < next, minute)))
		}
		if minute == bake {
			return health.Compare(moved, control, health.Final(stages)).Finding
		}
		if health.Compare(moved, control, health.Early(stages)).Finding == health.Worse {
			return health.Worse
		}
	}
}

// fleet draws functions: a few busy, many rare, some never called; most with few errors or none.
func (w *world) fleet(n int) {
	w.functions = make([]simulated, n)
	for i := range w.functions {
		f := simulated{region: []string{"us-east-1", "eu-west-1"}[i%2]}
		if w.Float64() > 0.15 {
			f.rate = 0.2 * math.Exp(1.8*w.NormFloat64())
		}
		if w.Float64() > 0.3 {
			f.share = min(0.2, 0.002*math.Exp(1.2*w.NormFloat64()))
		}
		w.functions[i] = f
	}
}

// canary makes the first functions a canary with so many calls in an hour, of which half a percent fails.
func (w *world) canary(functions, calls int) {
	total := 0.0
	for i := range functions {
		w.functions[i].share = 0.005
		w.functions[i].region = "us-east-1"
		total += w.functions[i].rate
	}
	for i := range functions {
		w.functions[i].rate *= float64(calls) / 60 / total
	}
}

func nothing(simulated, bool, int) float64 { return 0 }

// whole takes a fleet through canary, 10 %, 50 % and rest, and gives the gravest finding; a stop ends it.
func (w *world) whole() health.Finding {
	worst, first := health.NotWorse, 0
	for _, stage := range []struct{ percent, bake int }{{3, 60}, {10, 30}, {50, 30}, {100, 60}} {
		next := len(w.functions) * stage.percent / 100
		found := w.deploy(first, next, stage.bake, 4)
		if found == health.Worse {
			return found
		}
		if found != health.NotWorse && worst != health.Environment {
			worst = found
		}
		first = next
	}
	return worst
}

type scenario struct {
	name    string
	runs    int // nightly; a fiftieth otherwise, or less
	run     func(*world) health.Finding
	finding health.Finding
	least   float64 // least share of runs with the finding
	most    float64 // greatest share
}

func scenarios() []scenario {
	return []scenario{
		{name: "good release, 200 functions, four stages", runs: 4000, finding: health.Worse, most: 0.01, run: func(w *world) health.Finding {
			w.fleet(200)
			return w.whole()
		}},
		{name: "good release, 1000 functions, four stages", runs: 1000, finding: health.Worse, most: 0.01, run: func(w *world) health.Finding {
			w.fleet(1000)
			return w.whole()
		}},
		{name: "good release, failed events tried three times", runs: 4000, finding: health.Worse, most: 0.01, run: func(w *world) health.Finding {
			w.fleet(200)
			w.retries, w.clump = true, 3
			return w.whole()
		}},
		// What that is for: errors that are taken for independent, and are not, stop good releases.
		{name: "the same, each try taken for an event", runs: 1000, finding: health.Worse, least: 0.02, most: 0.15, run: func(w *world) health.Finding {
			w.fleet(200)
			w.retries = true
			return w.whole()
		}},
		{name: "good release, a Region fails for 20 of 60 minutes", runs: 2000, finding: health.Worse, most: 0.01, run: func(w *world) health.Finding {
			w.fleet(200)
			from := w.IntN(60)
			w.fails = func(f simulated, _ bool, minute int) float64 {
				if f.region == "us-east-1" && minute > from && minute <= from+20 {
					return 0.2
				}
				return 0
			}
			return w.whole()
		}},
		{name: "good canary, its Region fails in 20 %", runs: 2000, finding: health.Environment, least: 0.99, most: 1, run: func(w *world) health.Finding {
			w.fleet(400)
			w.canary(20, 1000)
			w.fails = func(f simulated, _ bool, _ int) float64 {
				if f.region == "us-east-1" {
					return 0.2
				}
				return 0
			}
			return w.deploy(0, 20, 60, 4)
		}},
		{name: "good canary, another Region fails in 20 %", runs: 1000, finding: health.NotWorse, least: 0.99, most: 1, run: func(w *world) health.Finding {
			w.fleet(400)
			w.canary(20, 1000)
			w.fails = func(f simulated, _ bool, _ int) float64 {
				if f.region != "us-east-1" {
					return 0.2
				}
				return 0
			}
			return w.deploy(0, 20, 60, 4)
		}},
		{name: "bad canary, 5 % of 1000 calls, 20 functions", runs: 2000, finding: health.Worse, least: 0.99, most: 1, run: func(w *world) health.Finding {
			w.fleet(400)
			w.canary(20, 1000)
			w.fails = released(0.045)
			return w.deploy(0, 20, 60, 4)
		}},
		{name: "bad canary, 5 % of 1000 calls, 200 functions", runs: 2000, finding: health.Worse, least: 0.99, most: 1, run: func(w *world) health.Finding {
			w.fleet(800)
			w.canary(200, 1000)
			w.fails = released(0.045)
			return w.deploy(0, 200, 60, 4)
		}},
		{name: "bad canary, 5 % of 1000 calls, tried three times", runs: 2000, finding: health.Worse, least: 0.9, most: 1, run: func(w *world) health.Finding {
			w.fleet(400)
			w.canary(20, 1000)
			w.fails = released(0.045)
			w.retries, w.clump = true, 3
			return w.deploy(0, 20, 60, 4)
		}},
		{name: "bad canary, one of 20 functions fails, with 10 calls", runs: 2000, finding: health.Worse, least: 0.95, most: 1, run: func(w *world) health.Finding {
			w.fleet(400)
			w.canary(20, 1000)
			broken := simulated{region: "us-east-1", rate: 1. / 6, share: 0.0051}
			w.functions[7] = broken
			w.fails = func(f simulated, moved bool, _ int) float64 {
				if moved && f == broken {
					return 1
				}
				return 0
			}
			return w.deploy(0, 20, 60, 4)
		}},
		{name: "bad release in the last stage", runs: 500, finding: health.Unconfirmed, least: 0.99, most: 1, run: func(w *world) health.Finding {
			w.fleet(200)
			w.fails = released(0.045)
			return w.deploy(100, 200, 60, 4)
		}},
	}
}

// released is a release under which a share of the calls fails.
func released(share float64) func(simulated, bool, int) float64 {
	return func(_ simulated, moved bool, _ int) float64 {
		if moved {
			return share
		}
		return 0
	}
}

// BenchmarkCompare is one look at a stage of 1,000 functions beside 5,000 that have not moved.
func BenchmarkCompare(b *testing.B) {
	for name, fails := range map[string]float64{"good": 0, "bad": 0.05} {
		b.Run(name, func(b *testing.B) {
			w := &world{Rand: rand.New(rand.NewPCG(1, 1))} //nolint:gosec // repeatable on purpose
			w.fleet(6000)
			all := make([]health.Function, len(w.functions))
			for i, f := range w.functions {
				rise := 0.0
				if i < 1000 {
					rise = fails
				}
				all[i] = health.Function{Place: f.region, Sample: stat.Sample{Before: w.calls(f, day, 0), After: w.calls(f, 60, rise)}}
			}
			for b.Loop() {
				health.Compare(all[:1000], all[1000:], health.Final(4))
			}
		})
	}
}

// TestSimulation takes many deployments through their stages, every minute's look included.
func TestSimulation(t *testing.T) {
	t.Parallel()
	part := 50
	switch {
	case os.Getenv("LAYERFLEET_NIGHTLY") == "1":
		part = 1
	case testing.Short():
		part = 200
	}
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "scenario\truns\tworse (stop)\tenvironment\tunconfirmed\tnot worse")
	for number, s := range scenarios() {
		runs, found := s.runs/part, map[health.Finding]int{}
		for i := range runs {
			w := &world{Rand: rand.New(rand.NewPCG(uint64(number), uint64(i))), fails: nothing} //nolint:gosec // repeatable on purpose
			found[s.run(w)]++
		}
		slack := 0.0
		if runs < 500 {
			slack = 1 // too few to tell a share of a hundredth
		}
		if n := float64(found[s.finding]); n < s.least*float64(runs)-slack || n > s.most*float64(runs)+slack {
			t.Errorf("%s: %s in %d of %d runs, want %.1f to %.1f %%", s.name, s.finding, found[s.finding], runs, 100*s.least, 100*s.most)
		}
		_, _ = fmt.Fprintf(tw, "%s\t%d", s.name, runs)
		for _, f := range []health.Finding{health.Worse, health.Environment, health.Unconfirmed, health.NotWorse} {
			_, _ = fmt.Fprintf(tw, "\t%.2f %%", 100*float64(found[f])/float64(runs))
		}
		_, _ = fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	t.Log("\n" + table.String())
}
