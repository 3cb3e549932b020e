package stat_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/layerfleet/layerfleet/internal/health/stat"
)

func sample(calls, errors, thenCalls, thenErrors int64) stat.Sample {
	return stat.Sample{Before: stat.Counts{Invocations: calls, Errors: errors}, After: stat.Counts{Invocations: thenCalls, Errors: thenErrors}}
}

// TestAllFailing: how many calls that all fail it takes after so many clean ones.
func TestAllFailing(t *testing.T) {
	t.Parallel()
	for clean, want := range map[int64]int64{10: 4, 30: 3, 100: 2, 1000: 1} {
		n := int64(1)
		for sample(clean, 0, n, n).Fisher() >= 0.001 {
			n++
		}
		if n != want {
			t.Errorf("after %d clean calls %d failing ones are significant, want %d", clean, n, want)
		}
	}
}

func TestEdges(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]stat.Sample{
		"no baseline":          sample(0, 0, 10, 10),
		"no calls":             sample(10, 0, 0, 0),
		"no errors":            sample(10, 5, 10, 0),
		"nothing":              sample(0, 0, 0, 0),
		"always failing":       sample(10, 10, 10, 10),
		"lifted to the top":    {Before: stat.Counts{Invocations: 10}, After: stat.Counts{Invocations: 10, Errors: 10}, Lift: 1},
		"far better than once": sample(1_000_000, 900_000, 1_000_000, 10),
	} {
		if p := s.Fisher(); p != 1 {
			t.Errorf("%s: Fisher %g, want 1", name, p)
		}
		if p := stat.Pooled([]stat.Sample{s}); math.Abs(p-1) > 1e-12 {
			t.Errorf("%s: Pooled %g, want 1", name, p)
		}
	}
	if p := sample(1_000_000, 0, 1_000_000, 1_000_000).Fisher(); p != 0 {
		t.Errorf("p-value %g of what cannot be", p)
	}
}

// hypergeometric are the chances of 0, 1, … errors after, from the definition.
func hypergeometric(s stat.Sample) []*big.Rat {
	n, k := s.After.Invocations, s.Before.Errors+s.After.Errors
	all := s.Before.Invocations + n
	out := make([]*big.Rat, n+1)
	for x := range n + 1 {
		ways := new(big.Int)
		if k-x >= 0 && k-x <= s.Before.Invocations {
			ways.Mul(new(big.Int).Binomial(n, x), new(big.Int).Binomial(all-n, k-x))
		}
		out[x] = new(big.Rat).SetFrac(ways, new(big.Int).Binomial(all, k))
	}
	return out
}

func tail(chances []*big.Rat, from int64) float64 {
	total := new(big.Rat)
	for _, c := range chances[from:] {
		total.Add(total, c)
	}
	f, _ := total.Float64()
	return f
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-11*max(a, b)+1e-13 }

func drawSample(t *rapid.T) stat.Sample {
	calls, then := rapid.Int64Range(0, 80).Draw(t, "calls"), rapid.Int64Range(0, 30).Draw(t, "calls after")
	return sample(calls, rapid.Int64Range(0, calls).Draw(t, "errors"), then, rapid.Int64Range(0, then).Draw(t, "errors after"))
}

func TestFisherIsHypergeometric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		if got, want := s.Fisher(), tail(hypergeometric(s), s.After.Errors); !near(got, want) {
			t.Fatalf("%+v: %g, by definition %g", s, got, want)
		}
	})
}

func TestPooledIsConvolution(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Custom(drawSample), 0, 5).Draw(t, "samples")
		sums, seen := []*big.Rat{big.NewRat(1, 1)}, int64(0)
		for _, s := range samples {
			if s.Before.Invocations == 0 {
				continue // says nothing
			}
			seen += s.After.Errors
			one := hypergeometric(s)
			next := make([]*big.Rat, len(sums)+len(one)-1)
			for i := range next {
				next[i] = new(big.Rat)
			}
			for i, a := range sums {
				for j, b := range one {
					next[i+j].Add(next[i+j], new(big.Rat).Mul(a, b))
				}
			}
			sums = next
		}
		if got, want := stat.Pooled(samples), tail(sums, seen); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%+v: %g, by definition %g", samples, got, want)
		}
	})
}

// TestLiftIsConservative: a larger lift never makes a rise more significant, and is never taken for less by the pooled
// test than by more than one whole error.
func TestLiftIsConservative(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		p := s.Fisher()
		s.Lift = rapid.Float64Range(0, 1).Draw(t, "lift")
		if got := s.Fisher(); got < p-1e-12 {
			t.Fatalf("%+v: %g, without the lift %g", s, got, p)
		}
	})
	// One error in ten of 100 functions with 10 calls each is dealt out as 100 whole ones.
	lifted := make([]stat.Sample, 100)
	for i := range lifted {
		lifted[i] = sample(10, 0, 10, 1)
		lifted[i].Lift = 0.1
	}
	if p := stat.Pooled(lifted); p < 0.4 || p > 0.7 {
		t.Errorf("100 errors where 100 are expected: %g", p)
	}
}

// TestPooledBeyondExact: where counting ends, the normal distribution goes on without a step.
func TestPooledBeyondExact(t *testing.T) {
	t.Parallel()
	at := func(errors int64) float64 {
		samples := make([]stat.Sample, 50)
		for i := range samples {
			samples[i] = sample(100_000, 1800, 1000, errors/50)
			if int64(i) < errors%50 {
				samples[i].After.Errors++
			}
		}
		return stat.Pooled(samples)
	}
	exact, normal := at(1000), at(1001)
	if exact < 0.0001 || exact > 0.01 || normal > exact || normal < exact*0.7 {
		t.Errorf("1000 errors %g, 1001 %g", exact, normal)
	}
	if p := at(5000); p > 1e-100 {
		t.Errorf("5000 errors where 900 are expected: %g", p)
	}
}

func TestHolm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		p    []float64
		want []bool
	}{
		{name: "none"},
		{name: "step down", p: []float64{0.04, 0.01, 0.03, 0.005}, want: []bool{false, true, false, true}},
		{name: "all", p: []float64{0.01, 0.02, 0.05}, want: []bool{true, true, true}},
		{name: "the first fails", p: []float64{0.02, 0.02, 0.02}, want: []bool{false, false, false}},
	} {
		if got := stat.Holm(tt.p, 0.05); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestUpperLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 10, 1000, 1_000_000} {
		if got, want := stat.UpperLimit(stat.Counts{Invocations: n}, 0.01), 1-math.Pow(0.01, 1/float64(n)); math.Abs(got-want) > 1e-9*want {
			t.Errorf("none of %d: %g, want %g", n, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 5000).Draw(t, "calls")
		c := stat.Counts{Invocations: n, Errors: rapid.Int64Range(0, n).Draw(t, "errors")}
		limit := stat.UpperLimit(c, 0.01)
		if at := 1 - stat.AtLeast(c.Errors+1, n, limit); limit < 1 && math.Abs(at-0.01) > 1e-8 {
			t.Fatalf("%+v: at %g so few errors have a chance of %g", c, limit, at)
		}
	})
}

func TestLift(t *testing.T) {
	t.Parallel()
	if got := stat.Lift(nil, 0.01); got != 1 {
		t.Errorf("no control group: %g, want 1", got)
	}
	if got := stat.Lift([]stat.Sample{sample(1_000_000, 10_000, 100_000, 20_800)}, 0.01); got < 0.2 || got > 0.21 {
		t.Errorf("a fifth of all calls fails besides: %g", got)
	}
	if got := stat.Lift([]stat.Sample{sample(1_000_000, 10_000, 100_000, 500)}, 0.01); got != 0 {
		t.Errorf("fewer errors than before: %g, want 0", got)
	}
}

func BenchmarkFisher(b *testing.B) {
	s := sample(100_000, 100, 1000, 7)
	for b.Loop() {
		s.Fisher()
	}
}

// BenchmarkPooled is a stage of 1,000 functions, of which some have errors.
func BenchmarkPooled(b *testing.B) {
	samples := make([]stat.Sample, 1000)
	for i := range samples {
		samples[i] = sample(2000, int64(i%10), 50, int64(i%7/6))
	}
	for b.Loop() {
		stat.Pooled(samples)
	}
}

// BenchmarkPooledWorst has as many errors as are counted through.
func BenchmarkPooledWorst(b *testing.B) {
	samples := make([]stat.Sample, 1000)
	for i := range samples {
		samples[i] = sample(20_000, 20, 1000, 1)
	}
	for b.Loop() {
		stat.Pooled(samples)
	}
}
