// Package traffic says how often the functions of a sandbox are called, and how many of the calls fail.
//
// Nothing is stored: every number follows from the seed, the function's name and the minute, so that a million functions
// cost no memory, two questions about one minute have one answer, and a sandbox of the same seed has the same traffic. What
// changes it is the function's own history (which layer versions its calls ran with) and [Troubles].
//
// Most functions are rare, a few are busy, some are never called; most calls succeed. There are more calls by day than by
// night. What AWS does with calls before they become a metric is modeled too: a call is reported some time after it was
// made, so that the newest minutes are incomplete.
package traffic

import (
	"encoding/binary"
	"math"

	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
)

// The shape of a fleet: shares of functions, medians, and how wide the logarithms spread. Numbers of real fleets are not
// public; these give a long tail, with most of the traffic in a hundredth of the functions.
const (
	neverCalled  = 0.2
	medianRate   = 0.05 // calls a minute
	spreadRate   = 2.2
	maxRate      = 1200
	neverFails   = 0.35
	medianShare  = 0.002
	spreadShare  = 1.3
	maxShare     = 0.25
	medianMillis = 80
	spreadMillis = 1.0
	maxMillis    = 20_000
)

// Function is the traffic that one function gets.
type Function struct {
	region string
	key    uint64
	// Rate is the mean number of calls a minute over a day, Share the part of them that fails without any trouble.
	Rate, Share float64
	millis      float64 // typical duration

	byAlias  float64 // part of the calls that go to aliases, where there are any
	explicit float64 // part of the others that names $LATEST
}

// Of is the traffic of a function.
func Of(source *ids.Source, account, region, name string) Function {
	id := source.At(account, region, "traffic", name, 0)
	part := func(i int) float64 { return unit(binary.BigEndian.Uint64(id[i : i+8])) }
	key := binary.BigEndian.Uint64(id[24:])
	more := func(salt uint64) float64 { return unit(mix(key ^ salt)) }
	f := Function{region: region, key: key, millis: min(maxMillis, logNormal(medianMillis, spreadMillis, more(1)))}
	if u := part(0); u > neverCalled {
		f.Rate = min(maxRate, logNormal(medianRate, spreadRate, (u-neverCalled)/(1-neverCalled)))
	}
	if u := part(8); u > neverFails {
		f.Share = min(maxShare, logNormal(medianShare, spreadShare, (u-neverFails)/(1-neverFails)))
	}
	// Of the functions with aliases, many are called by them alone; a few others get calls that name $LATEST.
	f.byAlias = 1
	if u := part(16); u > 0.4 {
		f.byAlias = 0.5
	}
	if more(2) < 0.2 {
		f.explicit = 0.3
	}
	return f
}

// unit maps a hash to a number above 0 and below 1.
func unit(h uint64) float64 { return (float64(h>>11) + 0.5) / (1 << 53) }

// mix makes a new hash of one (the finalizer of SplitMix64).
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// logNormal is the value of which a part u of all values is smaller.
func logNormal(median, spread, u float64) float64 { return median * math.Exp(spread*normal(u)) }

// normal is the quantile function of the normal distribution.
func normal(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) }

// poisson is a Poisson distribution.
type poisson struct{ mean, none float64 }

func newPoisson(mean float64) poisson { return poisson{mean, math.Exp(-mean)} }

// quantile is the number of events of which a part u of all cases has fewer.
func (p poisson) quantile(u float64) int64 {
	const large = 50 // above, the normal distribution is close enough
	if p.mean > large {
		return max(0, int64(math.Round(p.mean+math.Sqrt(p.mean)*normal(u))))
	}
	n, term := int64(0), p.none
	for u -= term; u > 0 && term > 0; u -= term {
		n++
		term *= p.mean / float64(n)
	}
	return n
}
