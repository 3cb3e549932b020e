package traffic_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

const (
	account = "100000000001"
	region  = "us-east-1"
	prefix  = "arn:aws:lambda:us-east-1:100000000000:layer:common:"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func layers(arns ...string) (out []function.Layer) {
	for _, arn := range arns {
		out = append(out, function.Layer{ARN: arn})
	}
	return out
}

// since is a life with one moment.
func since(from time.Time, m function.Moment) function.Life {
	m.From = from
	return function.Life{m}
}

// day is the day before noon, all of it reported.
func day(life function.Life) traffic.Query {
	return traffic.Query{Life: life, From: noon.Add(-24 * time.Hour), Until: noon, Now: noon.Add(time.Hour)}
}

func sum(f traffic.Function, q traffic.Query, t *traffic.Troubles) (total traffic.Count) {
	for c := range f.Minutes(q, t) {
		total.Invocations += c.Invocations
		total.Errors += c.Errors
		total.Duration += c.Duration
	}
	return total
}

func fleet(seed uint64, n int) []traffic.Function {
	source := ids.New(seed)
	out := make([]traffic.Function, n)
	for i := range out {
		out[i] = traffic.Of(source, account, region, fmt.Sprintf("f-%d", i))
	}
	return out
}

// busy is a function with so many calls a minute, or a few more.
func busy(t *testing.T, rate float64) traffic.Function {
	t.Helper()
	for _, f := range fleet(1, 20_000) {
		if f.Rate >= rate && f.Rate < 2*rate {
			return f
		}
	}
	t.Fatalf("none of 20000 functions is called %g times a minute", rate)
	return traffic.Function{}
}

// TestLongTail: a few functions are busy, many are rare, some are never called.
func TestLongTail(t *testing.T) {
	t.Parallel()
	functions := fleet(1, 10_000)
	rates := make([]float64, len(functions))
	never, clean, total := 0, 0, 0.0
	for i, f := range functions {
		rates[i] = f.Rate
		total += f.Rate
		if f.Rate == 0 {
			never++
		}
		if f.Share == 0 {
			clean++
		}
	}
	slices.Sort(rates)
	top := 0.0
	for _, r := range rates[len(rates)-len(rates)/100:] {
		top += r
	}
	if share := float64(never) / float64(len(functions)); share < 0.18 || share > 0.22 {
		t.Errorf("%.2f of the functions are never called, want 0.2", share)
	}
	if share := float64(clean) / float64(len(functions)); share < 0.33 || share > 0.37 {
		t.Errorf("%.2f of the functions never fail, want 0.35", share)
	}
	if top/total < 0.4 {
		t.Errorf("a hundredth of the functions has %.2f of the calls, want 0.4 or more", top/total)
	}
	if median := rates[len(rates)/2]; median < 0.01 || median > 0.1 {
		t.Errorf("the median function is called %g times a minute", median)
	}
}

// TestOneAnswer: numbers follow from the seed alone, whatever the span that is asked for.
func TestOneAnswer(t *testing.T) {
	t.Parallel()
	life := since(noon.Add(-48*time.Hour), function.Moment{})
	for i, f := range fleet(3, 300) {
		whole := slices.Collect(f.Minutes(day(life), &traffic.Troubles{}))
		var parts []traffic.Count
		for h := -24; h < 0; h += 3 {
			q := day(life)
			q.From, q.Until = noon.Add(time.Duration(h)*time.Hour), noon.Add(time.Duration(h+3)*time.Hour)
			parts = append(parts, slices.Collect(f.Minutes(q, &traffic.Troubles{}))...)
		}
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Fatalf("function %d (-at once +in parts):\n%s", i, diff)
		}
	}
	if cmp.Equal(fleet(3, 5), fleet(4, 5), cmp.AllowUnexported(traffic.Function{})) {
		t.Error("another seed has the same traffic")
	}
}

// TestRates: calls and errors come as often as the function says.
func TestRates(t *testing.T) {
	t.Parallel()
	life := since(noon.Add(-48*time.Hour), function.Moment{})
	var calls, expected, errors, failing float64
	for _, f := range fleet(5, 2000) {
		got := sum(f, day(life), &traffic.Troubles{})
		calls += float64(got.Invocations)
		expected += f.Rate * 24 * 60
		errors += float64(got.Errors)
		failing += float64(got.Invocations) * f.Share
	}
	if math.Abs(calls/expected-1) > 0.02 {
		t.Errorf("%.0f calls, want %.0f", calls, expected)
	}
	if math.Abs(errors/failing-1) > 0.1 {
		t.Errorf("%.0f errors, want %.0f", errors, failing)
	}
}

// TestBreak: calls fail from the minute after the function moved to the broken version, in the share that was given, and
// the calls themselves stay what they were.
func TestBreak(t *testing.T) {
	t.Parallel()
	f := busy(t, 20)
	moved := noon.Add(-6*time.Hour + 17*time.Second)
	life := function.Life{
		{From: noon.Add(-48 * time.Hour), Latest: layers(prefix + "7")},
		{From: moved, Latest: layers("arn:aws:lambda:us-east-1:100000000000:layer:other:8", prefix+"8")},
	}
	for _, tt := range []struct {
		name  string
		b     traffic.Break
		share float64
	}{
		{name: "by name", b: traffic.Break{Layer: "common", Version: 8, Share: 0.3}, share: 0.3},
		{name: "by ARN", b: traffic.Break{Layer: prefix[:len(prefix)-1], Version: 8, Share: 0.3}, share: 0.3},
		{name: "another version", b: traffic.Break{Layer: "common", Version: 80, Share: 0.3}},
		{name: "another layer", b: traffic.Break{Layer: "mon", Version: 8, Share: 0.3}},
		{name: "another Region", b: traffic.Break{Layer: "arn:aws:lambda:eu-west-1:100000000000:layer:common", Version: 8, Share: 0.3}},
		{name: "mended before", b: traffic.Break{Layer: "common", Version: 8, Share: 0.3, Span: traffic.Span{Until: moved}}},
	} {
		var troubles traffic.Troubles
		troubles.Break(tt.b)
		before, after, clean := day(life), day(life), sum(f, day(life), &traffic.Troubles{})
		before.Until, after.From = moved.Truncate(time.Minute).Add(time.Minute), moved.Truncate(time.Minute).Add(time.Minute)
		x, y := sum(f, before, &troubles), sum(f, after, &troubles)
		if got := sum(f, before, &traffic.Troubles{}); x != got {
			t.Errorf("%s: before the move %+v, want %+v", tt.name, x, got)
		}
		if x.Invocations+y.Invocations != clean.Invocations {
			t.Errorf("%s: %d calls, want %d", tt.name, x.Invocations+y.Invocations, clean.Invocations)
		}
		share := float64(y.Errors) / float64(y.Invocations)
		if want := 1 - (1-tt.share)*(1-f.Share); math.Abs(share-want) > 0.03 {
			t.Errorf("%s: after the move %.3f of %d calls fail, want %.3f", tt.name, share, y.Invocations, want)
		}
	}
}

func TestOutage(t *testing.T) {
	t.Parallel()
	f := busy(t, 20)
	life := since(noon.Add(-48*time.Hour), function.Moment{})
	var troubles traffic.Troubles
	end := troubles.Outage(traffic.Outage{Region: region, Share: 0.5, Span: traffic.Span{From: noon.Add(-3 * time.Hour)}})
	troubles.Outage(traffic.Outage{Region: "eu-west-1", Share: 1})
	end(noon.Add(-2 * time.Hour))
	for c := range f.Minutes(day(life), &troubles) {
		during := !c.Minute.Before(noon.Add(-3*time.Hour)) && c.Minute.Before(noon.Add(-2*time.Hour))
		if share := float64(c.Errors) / float64(c.Invocations); during && share < 0.1 || !during && share > 0.3 {
			t.Errorf("%s: %d of %d calls fail", c.Minute, c.Errors, c.Invocations)
		}
	}
}

// TestTargets: calls go to aliases, to $LATEST by name and without a name, and to both versions of a weighted alias.
func TestTargets(t *testing.T) {
	t.Parallel()
	weighted := []function.Run{{Version: "3", Weight: 0.9}, {Version: "4", Weight: 0.1}}
	created := noon.Add(-12 * time.Hour)
	life := function.Life{
		{From: noon.Add(-48 * time.Hour)},
		{From: created, Aliases: []function.Alias{{Name: "live", Runs: weighted}, {Name: "next", Runs: []function.Run{{Version: "5", Weight: 1}}}}},
		{From: noon.Add(-time.Hour), Gone: true},
	}
	seen := map[traffic.Target]int64{}
	all := int64(0)
	for _, f := range fleet(7, 200) {
		q := day(life)
		all += sum(f, q, &traffic.Troubles{}).Invocations
		for _, target := range []traffic.Target{{"", "$LATEST"}, {"$LATEST", "$LATEST"}, {"live", "3"}, {"live", "4"}, {"next", "5"}} {
			q.Only = func(x traffic.Target) bool { return x == target }
			for c := range f.Minutes(q, &traffic.Troubles{}) {
				if target.Version != "$LATEST" && c.Minute.Before(created) || !c.Minute.Before(noon.Add(-time.Hour)) {
					t.Fatalf("%+v was called at %s", target, c.Minute)
				}
				seen[target] += c.Invocations
			}
		}
	}
	total := int64(0)
	for _, n := range seen {
		total += n
	}
	if total != all || len(seen) != 5 {
		t.Errorf("%d calls of %d have a target: %v", total, all, seen)
	}
	if part := float64(seen[traffic.Target{"live", "4"}]) / float64(seen[traffic.Target{"live", "3"}]+seen[traffic.Target{"live", "4"}]); math.Abs(part-0.1) > 0.02 {
		t.Errorf("version 4 has %.3f of the alias's calls, want 0.1", part)
	}
}

// TestNewestMinutes: a minute fills over three minutes, and is the same from then on.
func TestNewestMinutes(t *testing.T) {
	t.Parallel()
	f := busy(t, 50)
	q := traffic.Query{Life: since(noon.Add(-48*time.Hour), function.Moment{}), From: noon, Until: noon.Add(time.Minute)}
	var seen []int64
	for _, after := range []time.Duration{0, 75 * time.Second, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, time.Hour} {
		q.Now = noon.Add(after)
		seen = append(seen, sum(f, q, &traffic.Troubles{}).Invocations)
	}
	if !slices.IsSorted(seen) || seen[0] != 0 || seen[2] == 0 || seen[2] >= seen[4] || seen[4] != seen[5] {
		t.Errorf("calls of a minute, seen later and later: %v", seen)
	}
}

// TestTimeouts: calls that run into the timeout are reported after it, and dated by their beginning.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	f := busy(t, 50)
	q := traffic.Query{Life: since(noon.Add(-48*time.Hour), function.Moment{Timeout: 15 * time.Minute}), From: noon, Until: noon.Add(time.Minute)}
	var troubles traffic.Troubles
	troubles.Outage(traffic.Outage{Region: region, Share: 1})
	q.Now = noon.Add(5 * time.Minute)
	early := sum(f, q, &troubles)
	q.Now = noon.Add(20 * time.Minute)
	late := sum(f, q, &troubles)
	if part := float64(late.Errors-early.Errors) / float64(late.Errors); part < 0.1 || part > 0.35 || late.Errors != late.Invocations {
		t.Errorf("%d errors after five minutes, %d of %d calls after twenty", early.Errors, late.Errors, late.Invocations)
	}
	if least := float64(late.Errors-early.Errors) * 15 * 60_000; late.Duration < least {
		t.Errorf("calls took %.0f ms, those that timed out alone %.0f", late.Duration, least)
	}
}

// BenchmarkDay is a day of a function of the tail, and of a busy one.
func BenchmarkDay(b *testing.B) {
	life := since(noon.Add(-48*time.Hour), function.Moment{Latest: layers(prefix + "7")})
	var troubles traffic.Troubles
	troubles.Break(traffic.Break{Layer: "common", Version: 8, Share: 0.5})
	for _, rate := range []float64{0.05, 1, 100} {
		var f traffic.Function
		for _, x := range fleet(1, 20_000) {
			if x.Rate >= rate && x.Rate < 1.3*rate {
				f = x
				break
			}
		}
		b.Run(fmt.Sprintf("%g calls a minute", rate), func(b *testing.B) {
			for b.Loop() {
				sum(f, day(life), &troubles)
			}
		})
	}
}
