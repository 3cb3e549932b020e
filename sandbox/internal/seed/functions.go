package seed

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
)

// Function is one function of the fleet.
type Function struct {
	Account, Region, Name string
	Runtime, Arch         string
	Image                 bool
	Layers                []LayerUse // merge order
	Tags                  map[string]string
	// Published says how many versions were published; the last has an alias "live" if Alias is set.
	Published int
	Alias     bool
	MemoryMB  int32
}

// LayerUse is a layer release that a function carries.
type LayerUse struct {
	Layer   string
	Release int
}

var (
	teams  = [...]string{"orders", "billing", "search", "catalogue", "identity", "shipping", "pricing", "media", "loyalty", "fraud"}
	things = [...]string{"api", "worker", "resize", "sync", "notify", "export", "ingest", "report", "cleanup", "webhook", "stream", "audit"}
)

// Functions draws the functions of all accounts. Each pair's functions depend on the pair alone, so that a larger
// fleet does not reshuffle the others.
func (f *Organization) Functions() iter.Seq[Function] {
	return func(yield func(Function) bool) {
		pairs := f.pairs()
		for p, pr := range pairs {
			n := f.Options.Functions / len(pairs)
			if p < f.Options.Functions%len(pairs) {
				n++
			}
			account, _ := strconv.ParseUint(pr.account, 10, 64)
			rng := rand.New(rand.NewPCG(f.Seed, account<<8|uint64(pr.region))) //nolint:gosec // a drawn fleet, no secret
			for i := range n {
				if !yield(f.draw(rng, pr.account, f.Regions[pr.region], i)) {
					return
				}
			}
		}
	}
}

type pairOf struct {
	account string
	region  int
}

// pairs are where functions live: the members, or the management account if it is alone.
func (f *Organization) pairs() []pairOf {
	accounts := f.Accounts
	if len(accounts) > 1 {
		accounts = accounts[1:]
	}
	var out []pairOf
	for _, a := range accounts {
		for r := range f.Regions {
			out = append(out, pairOf{a.ID, r})
		}
	}
	return out
}

func (f *Organization) draw(rng *rand.Rand, account, region string, i int) Function {
	team := teams[rng.IntN(len(teams))]
	fn := Function{
		Account: account, Region: region,
		Name:    fmt.Sprintf("%s-%s-%03d", team, things[rng.IntN(len(things))], i),
		Runtime: [...]string{"python3.12", "python3.13", "nodejs20.x", "nodejs22.x", "java21"}[rng.IntN(5)],
		Arch:    "x86_64", MemoryMB: int32(128 << rng.IntN(4)),
		Tags: map[string]string{"team": team},
	}
	if rng.IntN(4) == 0 {
		fn.Arch = "arm64"
	}
	if chance(rng, 4) {
		fn.Image, fn.Runtime = true, ""
		return fn
	}
	switch owner := rng.IntN(100); {
	case owner < 10:
		fn.Tags["aws:cloudformation:stack-name"] = team + "-stack"
		fn.Tags["aws:cloudformation:logical-id"] = "Function"
	case owner < 15:
		fn.Tags["terraform"] = "true"
	}
	f.drawLayers(rng, &fn)
	if chance(rng, 15) {
		fn.Published = 1 + rng.IntN(3)
		fn.Alias = rng.IntN(2) == 0
	}
	return fn
}

// drawLayers gives three of four functions one to four layers, in any order.
func (f *Organization) drawLayers(rng *rand.Rand, fn *Function) {
	if chance(rng, 25) {
		return
	}
	add := func(name string, release int) {
		if _, ok := f.layer(name).Releases[release].Versions[fn.Region]; ok {
			fn.Layers = append(fn.Layers, LayerUse{name, release})
		}
	}
	if chance(rng, 80) {
		add(LayerRuntime, 1+rng.IntN(newestRelease))
	}
	if chance(rng, 45) {
		add(LayerObserve, rng.IntN(releaseCount))
	}
	if chance(rng, 25) {
		add(LayerCerts, 2+rng.IntN(releaseCount-2))
	}
	switch crypto := rng.IntN(100); {
	case crypto < 2 && !f.Clean:
		add(LayerCrypto, crypto) // the deleted and the unshared release
	case crypto < 10:
		add(LayerCrypto, 2+rng.IntN(releaseCount-2))
	}
	rng.Shuffle(len(fn.Layers), func(a, b int) { fn.Layers[a], fn.Layers[b] = fn.Layers[b], fn.Layers[a] })
}

func chance(rng *rand.Rand, percent int) bool { return rng.IntN(100) < percent }
