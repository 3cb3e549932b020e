package scheduler

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// expression is a parsed ScheduleExpression: a rate, or one time.
type expression struct {
	every time.Duration // of a rate
	at    time.Time     // of a one-time schedule
}

var ratePattern = regexp.MustCompile(`^rate\(([1-9]\d{0,8}) (minutes?|hours?|days?)\)$`)

// parseExpression reads rate(value unit) and at(yyyy-mm-ddThh:mm:ss), a local time in zone.
func parseExpression(text string, zone *time.Location) (expression, error) {
	if m := ratePattern.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return expression{}, badExpression(text)
		}
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(m[2], "s")]
		every := time.Duration(n) * unit
		if every/unit != time.Duration(n) { // more than 292 years
			return expression{}, badExpression(text)
		}
		return expression{every: every}, nil
	}
	if strings.HasPrefix(text, "at(") && strings.HasSuffix(text, ")") {
		at, err := time.ParseInLocation("2006-01-02T15:04:05", text[3:len(text)-1], zone)
		if err != nil || len(text) != len("at(2006-01-02T15:04:05)") {
			return expression{}, badExpression(text)
		}
		return expression{at: at}, nil
	}
	if strings.HasPrefix(text, "cron(") && strings.HasSuffix(text, ")") && len(strings.Fields(text[5:len(text)-1])) == 6 {
		return expression{}, apierr.Unsupported("the cron expression %s of a schedule", text)
	}
	return expression{}, badExpression(text)
}

func badExpression(text string) error { return invalid("Invalid Schedule Expression %s.", text) }

// next is the first time of the schedule that is not before from, or false when there is none. base is when a rate
// starts: its StartDate, or when it was made ("your schedule starts invoking the target immediately", EventBridge
// Scheduler User Guide, "Schedule types").
func (e expression) next(base, from time.Time) (time.Time, bool) {
	switch {
	case e.every == 0:
		return e.at, !e.at.Before(from)
	case !from.After(base):
		return base, true
	}
	steps := (from.Sub(base) + e.every - 1) / e.every
	return base.Add(steps * e.every), true
}
