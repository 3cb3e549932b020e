package sandbox

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

// Break makes calls of functions fail that run with a layer version, whether it exists yet or not.
type Break struct {
	// Layer is the name of a layer, in whatever account and Region, or the ARN of one, without a version.
	Layer   string
	Version int64
	// Share is the part of the calls that fails, above 0 and at most 1.
	Share float64
}

// Outage makes calls of all functions of a Region fail.
type Outage struct {
	Region string
	// Start is when it begins: after the sandbox's own beginning in [Options], after now in [Sandbox.Outage].
	Start time.Duration
	// Length is how long it lasts; 0 is without end.
	Length time.Duration
	// Share is the part of the calls that fails, above 0 and at most 1.
	Share float64
}

// ParseBreak reads LAYER:VERSION=SHARE: common-runtime:7=0.05, or 5%; the layer may be an ARN.
func ParseBreak(text string) (Break, error) {
	const form = "%q is not LAYER:VERSION=SHARE, such as common-runtime:7=5%%"
	version, share, ok := cutLast(text, "=")
	layer, number, named := cutLast(version, ":")
	if !ok || !named {
		return Break{}, fmt.Errorf(form, text)
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return Break{}, fmt.Errorf(form, text)
	}
	b := Break{Layer: layer, Version: n}
	if b.Share, err = parseShare(share); err != nil {
		return Break{}, fmt.Errorf("%s: %w", text, err)
	}
	return b, b.check()
}

// ParseOutage reads REGION@START+LENGTH=SHARE: us-east-1@90m+30m=20%. START is a time after the sandbox's beginning.
func ParseOutage(text string) (Outage, error) {
	const form = "%q is not REGION@START+LENGTH=SHARE, such as us-east-1@90m+30m=20%%"
	span, share, ok := cutLast(text, "=")
	region, times, at := strings.Cut(span, "@")
	start, length, plus := strings.Cut(times, "+")
	if !ok || !at || !plus {
		return Outage{}, fmt.Errorf(form, text)
	}
	o := Outage{Region: region}
	var err error
	for _, d := range []struct {
		to   *time.Duration
		text string
	}{{&o.Start, start}, {&o.Length, length}} {
		if *d.to, err = time.ParseDuration(d.text); err != nil {
			return Outage{}, fmt.Errorf(form+": %w", text, err)
		}
	}
	if o.Share, err = parseShare(share); err != nil {
		return Outage{}, fmt.Errorf("%s: %w", text, err)
	}
	if o.Length <= 0 {
		return Outage{}, fmt.Errorf("%s: an outage takes some time", text)
	}
	return o, o.check()
}

func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// parseShare reads 0.05 or 5%.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a share, such as 0.05 or 5%%", text)
	}
	if percent {
		f /= 100
	}
	return f, checkShare(f)
}

func checkShare(f float64) error {
	if math.IsNaN(f) || f <= 0 || f > 1 {
		return fmt.Errorf("a share of %g is not above 0 and at most 1", f)
	}
	return nil
}

// layerPattern is the name of a layer, or the ARN of one.
var layerPattern = regexp.MustCompile(`^(arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:)?[a-zA-Z0-9-_]{1,140}$`)

func (b Break) check() error {
	switch {
	case !layerPattern.MatchString(b.Layer):
		return fmt.Errorf("%q is neither the name of a layer nor the ARN of one without a version", b.Layer)
	case b.Version < 1:
		return fmt.Errorf("layer versions count from 1: there is no %s:%d", b.Layer, b.Version)
	}
	return checkShare(b.Share)
}

func (o Outage) check() error {
	switch {
	case o.Region == "":
		return fmt.Errorf("an outage needs a Region")
	case o.Length < 0:
		return fmt.Errorf("an outage of %s is less than nothing", o.Length)
	}
	return checkShare(o.Share)
}

// checkTroubles checks those of the options; an outage of a Region that the sandbox has not would hit nothing.
func (o *Options) checkTroubles() error {
	for _, b := range o.Breaks {
		if err := b.check(); err != nil {
			return err
		}
	}
	for _, x := range o.Outages {
		if err := x.checkIn(o.Regions); err != nil {
			return err
		}
	}
	return nil
}

func (o Outage) checkIn(regions []string) error {
	if err := o.check(); err != nil {
		return err
	}
	if slices.Contains(regions, o.Region) {
		return nil
	}
	return fmt.Errorf("an outage of %s, which is none of the sandbox's Regions %s", o.Region, strings.Join(regions, ", "))
}

// Break breaks a layer version from now on: metrics of the time before stay what they were. fix makes it whole again, from
// then on.
func (s *Sandbox) Break(b Break) (fix func(), err error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	end := s.troubles.Break(traffic.Break{Layer: b.Layer, Version: b.Version, Share: b.Share, Span: traffic.Span{From: s.clock.Now()}})
	return func() { end(s.clock.Now()) }, nil
}

// Outage lets an outage begin, now or later. end ends it before its time.
func (s *Sandbox) Outage(o Outage) (end func(), err error) {
	if err := o.checkIn(s.options.Regions); err != nil {
		return nil, err
	}
	if o.Start < 0 {
		return nil, fmt.Errorf("an outage cannot begin %s ago: its time is over", -o.Start)
	}
	stop := s.troubles.Outage(o.from(s.clock.Now()))
	return func() { stop(s.clock.Now()) }, nil
}

// from is the outage with its times counted from a beginning.
func (o Outage) from(begin time.Time) traffic.Outage {
	t := traffic.Outage{Region: o.Region, Share: o.Share, Span: traffic.Span{From: begin.Add(o.Start)}}
	if o.Length > 0 {
		t.Until = t.From.Add(o.Length)
	}
	return t
}
