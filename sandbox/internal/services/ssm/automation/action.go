package automation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Time limits of the actions.
const (
	scriptLimit = 600 * time.Second
	// apiLimit is the guide's "maximum duration of 25 seconds" of one API call. UNCONFIRMED for the assertion.
	apiLimit  = 25 * time.Second
	waitLimit = 3600 * time.Second
	// MaxSleep is the longest aws:sleep.
	MaxSleep = 604799 * time.Second
)

// parseInputs checks the inputs of the step's action, and returns its default time limit.
func (s *Step) parseInputs(v any) (time.Duration, error) {
	f := newFields(s.path+".inputs", v)
	if f.err != nil {
		return 0, f.err
	}
	if s.Action != Branch {
		s.Inputs = maps.Clone(f.left)
	}
	var limit time.Duration
	var err error
	switch s.Action {
	case ExecuteScript:
		limit, err = scriptLimit, parseScript(f)
	case ExecuteAwsAPI, Assert, WaitFor:
		limit = apiLimit
		if s.Action == WaitFor {
			limit = waitLimit
		}
		err = parseCall(f, s.Action != ExecuteAwsAPI)
	case Sleep:
		limit, err = MaxSleep, parseSleep(f)
	case Branch:
		choices := f.list("Choices")
		s.Default = f.text("Default")
		if err = f.done(); err == nil {
			s.Choices, err = parseChoices(f.at("Choices"), choices)
		}
		if err == nil && len(s.Choices) == 0 {
			err = invalid(f.at("Choices"), "there are no choices")
		}
		limit = apiLimit
	default:
		err = invalid(s.path+".action", "there is no action %q", s.Action)
	}
	return limit, err
}

// parseScript checks aws:executeScript.
func parseScript(f *fields) error {
	runtime := f.need("Runtime")
	if f.err != nil {
		return f.err
	}
	switch {
	case slices.Contains([]string{"python3.6", "python3.7", "python3.8"}, runtime):
		// AWS refuses these since 2024-12-04. UNCONFIRMED: the text.
		f.fail("Runtime", "the runtime %s is retired; use python3.11", runtime)
		return f.err
	case runtime != "python3.11":
		// UNCONFIRMED: which runtimes other than python3.11 AWS has today.
		return unsupported("the runtime %s (%s)", runtime, f.at("Runtime"))
	}
	f.refuse("Attachment")
	f.need("Handler")
	f.need("Script")
	if v, ok := f.take("InputPayload"); ok {
		if _, isMap := v.(map[string]any); !isMap {
			f.fail("InputPayload", "it is not a mapping")
		}
	}
	return f.done()
}

// parseCall checks the actions that make an API call. All inputs but their own are members of the API call's input.
func parseCall(f *fields, desired bool) error {
	f.need("Service")
	f.need("Api")
	if desired {
		if _, err := ParseSelector(f.need("PropertySelector")); err != nil {
			f.fail("PropertySelector", "%v", err)
		}
		if len(f.list("DesiredValues")) == 0 {
			f.fail("DesiredValues", "there are no values")
		}
	}
	return f.err
}

// parseSleep checks aws:sleep.
func parseSleep(f *fields) error {
	duration, timestamp := f.text("Duration"), f.text("Timestamp")
	if (duration == "") == (timestamp == "") {
		f.fail("", "it takes either Duration or Timestamp")
	}
	if len(references(duration+timestamp)) == 0 && f.err == nil {
		if _, err := SleepTime(duration, timestamp, time.Time{}); err != nil {
			f.fail("", "%v", err)
		}
	}
	return f.done()
}

// SleepTime is how long aws:sleep sleeps, at most [MaxSleep]; a timestamp in the past means not at all.
func SleepTime(duration, timestamp string, now time.Time) (time.Duration, error) {
	var d time.Duration
	if duration != "" {
		var err error
		if d, err = parseDuration(duration); err != nil {
			return 0, err
		}
	} else {
		t, err := time.Parse(time.RFC3339, timestamp)
		if err != nil {
			return 0, fmt.Errorf("the timestamp %q is not of the form 2006-01-02T15:04:05Z", timestamp)
		}
		if now.IsZero() { // only the form is checked
			return 0, nil
		}
		d = max(0, t.Sub(now))
	}
	if d > MaxSleep {
		return 0, fmt.Errorf("a sleep of %v is longer than %.0f seconds", d, MaxSleep.Seconds())
	}
	return d, nil
}

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?)?$`)

// parseDuration reads an ISO 8601 duration of days, hours, minutes and seconds.
func parseDuration(s string) (time.Duration, error) {
	m := isoDuration.FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration", s)
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, err := strconv.ParseInt("0"+m[i+1], 10, 64)
		if err != nil {
			return 0, err
		}
		d += min(time.Duration(n), MaxSleep/unit+1) * unit
	}
	return d, nil
}

// Operation is the API operation that the input Api names: GetFunction, or boto3's get_function.
func Operation(api string) string {
	if !strings.Contains(api, "_") && api != strings.ToLower(api) {
		return strings.ToUpper(api[:1]) + api[1:]
	}
	var b strings.Builder
	for part := range strings.SplitSeq(api, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
