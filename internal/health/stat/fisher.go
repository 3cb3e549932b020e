package stat

import "math"

// Fisher is the p-value of Fisher's exact test, one-sided: how likely as many errors as there were after the change, or
// more, would be if nothing had changed. It is 1 without a baseline.
//
// The tail of the hypergeometric distribution equals that of a beta-binomial one with the parameters errors + 1 and
// successes of the baseline. The latter is used since it is defined for a lifted baseline as well, whose errors are not
// whole; without a lift both are the same number (the tests compare with the hypergeometric one).
func (s Sample) Fisher() float64 {
	errors := s.baseline()
	alpha, beta := errors+1, float64(s.Before.Invocations)-errors
	n, k := float64(s.After.Invocations), float64(s.After.Errors)
	if k == 0 || beta <= 0 {
		return 1
	}
	term := func(x float64) float64 {
		return math.Exp(logChoose(n, x) + logBeta(x+alpha, n-x+beta) - logBeta(alpha, beta))
	}
	if k > n*alpha/(alpha+beta) { // beyond the mean the terms fall: sum upwards, else take the other side from 1
		return sum(term(k), func(i int) float64 {
			x := k + float64(i)
			if x >= n {
				return 0
			}
			return (n - x) * (x + alpha) / ((x + 1) * (n - x - 1 + beta))
		})
	}
	return 1 - sum(term(k-1), func(i int) float64 {
		x := k - 1 - float64(i)
		if x <= 0 {
			return 0
		}
		return x * (n - x + beta) / ((n - x + 1) * (x - 1 + alpha))
	})
}

// negligible is the part of a sum below which a further term changes nothing.
const negligible = 1e-17

// sum adds terms that fall, each being the one before times ratio(i).
func sum(first float64, ratio func(i int) float64) float64 {
	total, term := first, first
	for i := 0; term > negligible*total; i++ {
		term *= ratio(i)
		total += term
	}
	return min(total, 1)
}

func logBeta(a, b float64) float64 { return logGamma(a) + logGamma(b) - logGamma(a+b) }

func logChoose(n, k float64) float64 {
	return logGamma(n+1) - logGamma(k+1) - logGamma(n-k+1)
}

func logGamma(x float64) float64 {
	v, _ := math.Lgamma(x) // of positive numbers only: the sign is always plus
	return v
}
