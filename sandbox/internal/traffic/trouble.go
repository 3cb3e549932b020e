package traffic

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// Span is a time with a beginning and an end; the zero value of either is unlimited.
type Span struct{ From, Until time.Time }

func (s Span) holds(at time.Time) bool {
	return !at.Before(s.From) && (s.Until.IsZero() || at.Before(s.Until))
}

// Break makes calls fail that run with a layer version.
type Break struct {
	// Layer is a layer's name, in whatever account and Region, or the ARN of one without a version.
	Layer   string
	Version int64
	Share   float64 // of the calls
	Span
}

// breaks says whether a layer version is the broken one. It need not exist.
func (b *Break) breaks(arn string) bool {
	layer, version, _ := cutLast(arn)
	return version == strconv.FormatInt(b.Version, 10) && (layer == b.Layer || strings.HasSuffix(layer, ":layer:"+b.Layer))
}

func cutLast(arn string) (before, after string, ok bool) {
	i := strings.LastIndexByte(arn, ':')
	if i < 0 {
		return arn, "", false
	}
	return arn[:i], arn[i+1:], true
}

// Outage makes calls of a whole Region fail.
type Outage struct {
	Region string
	Share  float64 // of the calls
	Span
}

// Troubles are what makes calls fail beside the functions' own faults. They are safe for concurrent use.
type Troubles struct {
	mu      sync.RWMutex
	breaks  []*Break
	outages []*Outage
}

// Break adds a broken layer version. end makes it whole from a time on.
func (t *Troubles) Break(b Break) (end func(at time.Time)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.breaks = append(t.breaks, &b)
	return func(at time.Time) { t.end(&b.Span, at) }
}

// Outage adds an outage. end ends it.
func (t *Troubles) Outage(o Outage) (end func(at time.Time)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outages = append(t.outages, &o)
	return func(at time.Time) { t.end(&o.Span, at) }
}

func (t *Troubles) end(s *Span, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.Until.IsZero() || s.Until.After(at) {
		s.Until = at
	}
}

// trouble is what may make the calls of a moment fail.
type trouble struct {
	outages []Outage
	latest  []Break
	aliases [][][]Break // by alias and run
	changes bool        // whether it differs from minute to minute
}

// of picks the troubles that a moment in a Region may have.
func (t *Troubles) of(m *function.Moment, region string) trouble {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var x trouble
	for _, o := range t.outages {
		if o.Region == region {
			x.outages = append(x.outages, *o)
		}
	}
	x.latest = t.hitting(m.Latest)
	x.changes = len(x.outages)+len(x.latest) > 0
	for _, a := range m.Aliases {
		runs := make([][]Break, len(a.Runs))
		for i, r := range a.Runs {
			runs[i] = t.hitting(r.Layers)
			x.changes = x.changes || len(runs[i]) > 0
		}
		x.aliases = append(x.aliases, runs)
	}
	return x
}

// hitting are the breaks of any of the layers. The troubles are locked.
func (t *Troubles) hitting(layers []function.Layer) (out []Break) {
	for _, b := range t.breaks {
		if slices.ContainsFunc(layers, func(l function.Layer) bool { return b.breaks(l.ARN) }) {
			out = append(out, *b)
		}
	}
	return out
}

// failures are the shares of calls that fail in a minute.
type failures struct {
	latest  float64
	aliases [][]float64 // by alias and run
}

// failures are those of a function that fails by itself in a share of its calls.
func (x *trouble) failures(own float64, at time.Time) failures {
	works := 1 - own
	for _, o := range x.outages {
		if o.holds(at) {
			works *= 1 - o.Share
		}
	}
	share := func(breaks []Break) float64 {
		works := works
		for _, b := range breaks {
			if b.holds(at) {
				works *= 1 - b.Share
			}
		}
		return 1 - works
	}
	out := failures{latest: share(x.latest)}
	for _, a := range x.aliases {
		runs := make([]float64, len(a))
		for i, breaks := range a {
			runs[i] = share(breaks)
		}
		out.aliases = append(out.aliases, runs)
	}
	return out
}
