// Package stat asks whether errors became more frequent, with exact tests that hold for few invocations, too.
//
// Everything here is a pure function of counts. What a rise means for a rollout is decided by internal/health.
package stat

// Counts are the invocations of a function, or of many, and how many of them failed.
type Counts struct{ Invocations, Errors int64 }

// Share is the part of the invocations that failed; 0 without invocations.
func (c Counts) Share() float64 {
	if c.Invocations == 0 {
		return 0
	}
	return float64(c.Errors) / float64(c.Invocations)
}

// Plus adds two counts.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.Invocations + o.Invocations, c.Errors + o.Errors}
}

// Sample is what was seen of one function before and after a change.
type Sample struct {
	Before, After Counts
	// Lift is the share of invocations, clean until then, that would fail now without the change, too: 0 for a test
	// of the change against the time before it, the result of [Lift] for a test against a control group besides.
	Lift float64
}

// baseline is the number of errors before the change, as it would be with the lift. It need not be whole.
func (s Sample) baseline() float64 {
	return float64(s.Before.Errors) + s.Lift*float64(s.Before.Invocations-s.Before.Errors)
}

// Expected is the share of errors that would be expected after the change if it did nothing.
func (s Sample) Expected() float64 {
	if s.Before.Invocations == 0 {
		return 0
	}
	return s.baseline() / float64(s.Before.Invocations)
}

// Total adds samples up: the counts after the change, and the share of errors to expect among them. Each function
// counts with its own share, so that traffic which moves from good functions to bad ones is no rise.
func Total(samples []Sample) (after Counts, expected float64) {
	for _, s := range samples {
		after = after.Plus(s.After)
		expected += float64(s.After.Invocations) * s.Expected()
	}
	if after.Invocations > 0 {
		expected /= float64(after.Invocations)
	}
	return after, expected
}
