package enforce

// List prices of AWS Config in US dollars (aws.amazon.com/config/pricing, as cited by vantage.sh/blog/aws-config-pricing
// and cloudgauge.app; peers.md L14). They hold for most Regions; discounts, taxes and what Systems Manager and
// CloudTrail charge are not in them.
const itemPrice = 0.003 // a configuration item, recorded continuously

// evaluationPrices are graded: so much each for the evaluations of a month up to a number, in one account and Region.
var evaluationPrices = []struct {
	upTo  float64
	price float64
}{{100_000, 0.001}, {500_000, 0.0008}, {1e18, 0.0005}}

// Load is what a deployment gives AWS Config to do.
type Load struct {
	Pairs     int // accounts × Regions with a rule
	Functions int // functions recorded in all of them
	Changing  int // functions that will be updated
}

// Cost is an estimate in US dollars.
type Cost struct {
	Once float64 // the first evaluation of every function, and an item and an evaluation for each update
}

// Estimate is what AWS Config charges at list price. There is one rule in each pair, however many layers it is about.
func Estimate(l Load) Cost {
	pairs := float64(max(l.Pairs, 1))
	return Cost{Once: float64(l.Changing)*itemPrice + pairs*evaluations(float64(l.Functions+l.Changing)/pairs)}
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
