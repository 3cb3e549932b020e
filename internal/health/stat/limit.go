package stat

import "math"

// AtLeast is the chance of k errors or more in n invocations of which each fails with the chance share.
func AtLeast(k, n int64, share float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n || share <= 0:
		return 0
	case share >= 1:
		return 1
	}
	of, x, odds := float64(n), float64(k), share/(1-share)
	term := func(x float64) float64 {
		return math.Exp(logChoose(of, x) + x*math.Log(share) + (of-x)*math.Log1p(-share))
	}
	if x > of*share {
		return sum(term(x), func(i int) float64 { return odds * (of - x - float64(i)) / (x + float64(i) + 1) })
	}
	return 1 - sum(term(x-1), func(i int) float64 { return (x - 1 - float64(i)) / (of - x + 2 + float64(i)) / odds })
}

// UpperLimit is the largest share of errors that the counts leave possible: the true one is above it in at most risk of
// all cases (Clopper and Pearson's limit). It is 1 without invocations.
func UpperLimit(c Counts, risk float64) float64 {
	low, high := 0.0, 1.0
	if c.Errors >= c.Invocations {
		return high
	}
	const halvings = 50
	for range halvings {
		middle := (low + high) / 2
		if 1-AtLeast(c.Errors+1, c.Invocations, middle) > risk {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// Lift is the most that the surroundings of a change may have added to the errors, as a control group shows it: the
// share of its invocations, clean until then, that fail now. It is more in at most risk of all cases. A control group
// that was not called leaves everything possible: 1. All functions of the control group must have a past.
func Lift(control []Sample, risk float64) float64 {
	after, expected := Total(control)
	limit := UpperLimit(after, risk)
	if expected >= 1 {
		return limit
	}
	return max(0, (limit-expected)/(1-expected))
}
