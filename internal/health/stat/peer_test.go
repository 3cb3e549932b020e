package stat_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/layerfleet/layerfleet/internal/health/stat"
)

// peerCase is a sample as the peer reads it.
type peerCase struct {
	Before [2]int64 `json:"before"`
	After  [2]int64 `json:"after"`
	Lift   float64  `json:"lift"`
}

func (c peerCase) sample() stat.Sample {
	return sample(c.Before[0], c.Before[1], c.After[0], c.After[1])
}

// drawCase is a function with up to calls invocations of which up to share failed.
func drawCase(r *rand.Rand, calls int64, share float64) peerCase {
	fail := func(n int64) int64 { return min(n-1, int64(float64(n)*share*r.Float64()*2+r.Float64()*4)) }
	before, after := 1+r.Int64N(calls), 1+r.Int64N(calls/10)
	return peerCase{Before: [2]int64{before, fail(before)}, After: [2]int64{after, fail(after)}, Lift: r.Float64() * 0.1}
}

// TestAgreesWithSciPy compares all figures with an implementation that is not ours, in one process.
func TestAgreesWithSciPy(t *testing.T) {
	t.Parallel()
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import scipy").Run(); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatalf("SciPy is missing: %v, and LAYERFLEET_REQUIRE_PEERS=1", err)
		}
		t.Skipf("SciPy is missing: %v", err)
	}
	const seed, stream = 10, 1
	r := rand.New(rand.NewPCG(seed, stream)) //nolint:gosec // repeatable on purpose
	var cases struct {
		Samples []peerCase   `json:"samples"`
		Stages  [][]peerCase `json:"stages"`
	}
	for _, calls := range []int64{20, 200, 5000, 1_000_000} {
		for range 75 {
			cases.Samples = append(cases.Samples, drawCase(r, calls, 0.01))
		}
	}
	for range 30 {
		var stage []peerCase
		for range 1 + r.IntN(60) {
			stage = append(stage, drawCase(r, 2000, 0.005))
		}
		cases.Stages = append(cases.Stages, stage)
	}
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/peer.py")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var theirs map[string][]float64
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	small := 0 // rare tails are what matters: some must be among the cases
	compare := func(what string, i int, ours float64) {
		want := theirs[what][i]
		// SciPy and we add logarithms of factorials, which for a million calls leaves eight digits.
		if math.Abs(ours-want) > 1e-7*want+1e-12 {
			t.Errorf("%s %d: %g, by SciPy %g", what, i, ours, want)
		}
		if want < 0.001 && want > 1e-12 {
			small++
		}
	}
	for i, c := range cases.Samples {
		s := c.sample()
		compare("fisher", i, s.Fisher())
		compare("at_least", i, stat.AtLeast(s.After.Errors, s.After.Invocations, 0.01))
		compare("limit", i, stat.UpperLimit(s.After, 0.01))
		s.Lift = c.Lift
		compare("lifted", i, s.Fisher())
	}
	for i, stage := range cases.Stages {
		samples := make([]stat.Sample, len(stage))
		for j, c := range stage {
			samples[j] = c.sample()
		}
		compare("pooled", i, stat.Pooled(samples))
	}
	if small < 20 {
		t.Errorf("only %d figures below 0.001 were compared", small)
	}
}
