package parts

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// List prices of AWS Config in US dollars (aws.amazon.com/config/pricing, as cited by vantage.sh/blog/aws-config-pricing
// and cloudgauge.app; peers.md L14). They hold for most Regions; discounts, taxes and what Systems Manager and
// CloudTrail charge are not in them.
const (
	itemPrice   = 0.003 // a configuration item, recorded continuously
	monthlyDays = 30
)

// evaluationPrices are graded: so much each for the evaluations of a month up to a number, in one account and Region.
var evaluationPrices = []struct {
	upTo  float64
	price float64
}{{100_000, 0.001}, {500_000, 0.0008}, {1e18, 0.0005}}

// Load is what a deployment gives AWS Config to do.
type Load struct {
	Pairs     int           // accounts × Regions with a rule
	Functions int           // functions recorded in all of them
	Changing  int           // functions that will be updated
	Every     time.Duration // between evaluations of everything; 0 without a schedule
}

// Cost is an estimate in US dollars.
type Cost struct {
	Once    float64 // the first evaluation of every function, and an item and an evaluation for each update
	Monthly float64 // the schedule's evaluations; changes that are made anyway are not counted
}

// Estimate is what AWS Config charges at list price. There is one rule in each pair, however many layers it is about.
func Estimate(l Load) Cost {
	pairs := float64(max(l.Pairs, 1))
	c := Cost{Once: float64(l.Changing)*itemPrice + pairs*evaluations(float64(l.Functions+l.Changing)/pairs)}
	if l.Every > 0 {
		times := float64(monthlyDays*24*time.Hour) / float64(l.Every)
		c.Monthly = pairs * evaluations(times*float64(l.Functions)/pairs)
	}
	return c
}

// evaluations is the price of n evaluations a month in one pair.
func evaluations(n float64) float64 {
	var total, below float64
	for _, grade := range evaluationPrices {
		if n <= below {
			break
		}
		total += (min(n, grade.upTo) - below) * grade.price
		below = grade.upTo
	}
	return total
}

// Every is the time between two runs of a schedule expression: rate(30 minutes). It is 0 for the empty expression,
// and an error for cron, whose runs cannot be counted so easily.
func Every(expression string) (time.Duration, error) {
	if expression == "" {
		return 0, nil
	}
	fail := fmt.Errorf("schedule %q is not rate(NUMBER minutes|hours|days)", expression)
	inner, isRate := strings.CutPrefix(expression, "rate(")
	inner, closed := strings.CutSuffix(inner, ")")
	number, unit, two := strings.Cut(inner, " ")
	n, err := strconv.Atoi(number)
	if !isRate || !closed || !two || err != nil || n < 1 {
		return 0, fail
	}
	switch strings.TrimSuffix(unit, "s") {
	case "minute":
		return time.Duration(n) * time.Minute, nil
	case "hour":
		return time.Duration(n) * time.Hour, nil
	case "day":
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return 0, fail
}
