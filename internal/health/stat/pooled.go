package stat

import (
	"math"
	"slices"
)

// exactErrors is the most errors that Pooled counts through. Above, the normal distribution is as good: at a mean of
// 1,000 it is wrong by less than a fifth of a p-value of 0.001.
const exactErrors = 1000

// Pooled is the p-value of the exact conditional test over many functions, one-sided: how likely as many errors as all
// had together, or more, would be if nothing had changed for any. Each function is compared with itself only, so that
// functions with different shares of errors do no harm when the traffic shifts between them.
//
// The errors of a function before and after, taken together, fall on either side by the hypergeometric distribution;
// the sum over the functions has the convolution of these. P-values below 1e-12 are not told apart.
func Pooled(samples []Sample) float64 {
	tables := make([]table, 0, len(samples))
	var seen int64
	var mean, variance, dealt float64
	for _, s := range samples {
		if s.Before.Invocations == 0 || s.After.Invocations == 0 {
			continue
		}
		// Errors are whole here: what the lift adds is dealt out over the functions, a whole one whenever one is due.
		due := dealt + s.baseline() - float64(s.Before.Errors)
		extra := min(math.Floor(due), float64(s.Before.Invocations-s.Before.Errors))
		dealt = due - extra
		t := table{
			calls: float64(s.Before.Invocations + s.After.Invocations), after: float64(s.After.Invocations),
			errors: float64(s.Before.Errors+s.After.Errors) + extra,
		}
		if t.errors == 0 {
			continue
		}
		tables = append(tables, t)
		seen += s.After.Errors
		mean += t.mean()
		variance += t.variance()
	}
	switch {
	case seen == 0:
		return 1
	case seen > exactErrors && variance == 0:
		return 1 // every call failed, before and after
	case seen > exactErrors:
		return math.Erfc((float64(seen)-0.5-mean)/math.Sqrt(2*variance)) / 2
	}
	fewer := []float64{1} // the chance of 0, 1, … errors, all below seen
	for _, t := range tables {
		fewer = t.add(fewer, int(seen))
	}
	p := 1.0
	for _, f := range fewer {
		p -= f
	}
	return max(p, 0)
}

// table is a function's fourfold table by its sums: of all calls, those after the change, and those that failed.
type table struct{ calls, after, errors float64 }

func (t table) mean() float64 { return t.after * t.errors / t.calls }

func (t table) variance() float64 {
	if t.calls < 2 {
		return 0
	}
	return t.mean() * (1 - t.errors/t.calls) * (t.calls - t.after) / (t.calls - 1)
}

// add convolves the chances of sums with those of the table, and drops what reaches limit.
func (t table) add(sums []float64, limit int) []float64 {
	least, chances := t.chances(limit)
	size := min(limit, len(sums)+least+len(chances)-1)
	out := make([]float64, size)
	for i, s := range sums {
		for j := 0; j < len(chances) && i+least+j < size; j++ {
			out[i+least+j] += s * chances[j]
		}
	}
	return out
}

// chances are those of least, least + 1, … errors after the change, below limit, without those too small to matter. They
// are weighed against the likeliest number and divided by their sum, since what would be left of 1 by logarithms of
// factorials is too coarse for many tables.
func (t table) chances(limit int) (least int, chances []float64) {
	lowest, highest := max(0, t.errors-(t.calls-t.after)), min(t.errors, t.after)
	mode := min(max(math.Floor((t.errors+1)*(t.after+1)/(t.calls+2)), lowest), highest)
	for x, w := mode, 1.0; x > lowest && w > negligible; x-- {
		w *= x * (t.calls - t.errors - t.after + x) / ((t.errors - x + 1) * (t.after - x + 1))
		chances = append(chances, w)
	}
	least = int(mode) - len(chances)
	slices.Reverse(chances)
	chances = append(chances, 1)
	for x, w := mode, 1.0; x < highest && w > negligible; x++ {
		w *= (t.errors - x) * (t.after - x) / ((x + 1) * (t.calls - t.errors - t.after + x + 1))
		chances = append(chances, w)
	}
	total := 0.0
	for _, w := range chances {
		total += w
	}
	chances = chances[:min(len(chances), max(limit-least, 0))]
	for i := range chances {
		chances[i] /= total
	}
	return least, chances
}
