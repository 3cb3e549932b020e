package prune

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/internal/hint"
)

const day = 24 * time.Hour

// Age is a length of time as people give the age of a layer version: 90d, or what Go
// calls a duration, as 36h.
type Age time.Duration

// String gives days where it is whole days.
func (a Age) String() string {
	if d := time.Duration(a); d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return time.Duration(a).String()
}

// Set reads an age.
func (a *Age) Set(s string) error {
	bad := func() error {
		return hint.With(fmt.Errorf("%q is not an age", s), "such as 90d or 36h; 0d takes any age")
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return bad()
		}
		*a = Age(time.Duration(n) * day)
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return bad()
	}
	*a = Age(d)
	return nil
}

// Type is the placeholder in help texts.
func (a *Age) Type() string { return "age" }
