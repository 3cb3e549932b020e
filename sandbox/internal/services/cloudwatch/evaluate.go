package cloudwatch

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Alarms are evaluated every minute over more periods than they name, so that data points that are late or missing can be
// replaced by earlier ones (CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data"; its tables show
// two more).
const (
	tick = time.Minute
	more = 2
)

// evaluate brings all alarms up to now: at every minute since the last time, each with the data that were there by then.
// The shard is locked.
func (s *Service) evaluate(sh *shard, now time.Time) {
	if len(sh.alarms) == 0 || sh.seen.IsZero() {
		sh.seen = now
	}
	if now.Sub(sh.seen) > remembered {
		sh.seen = now.Add(-remembered) // what was before, nobody can see
	}
	for at := sh.seen.Truncate(tick).Add(tick); !at.After(now); at = at.Add(tick) {
		for _, name := range sh.names() {
			if a := sh.alarms[name]; a.rule == nil && a.configured.Before(at) {
				s.evaluateMetric(sh, a, at)
			}
		}
		sh.settle(at)
	}
	sh.seen = now
	sh.forget(now)
}

// names are those of all alarms in order. The shard is locked.
func (sh *shard) names() []string {
	names := make([]string, 0, len(sh.alarms))
	for name := range sh.alarms {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// evaluateMetric sets a metric alarm's state by the data of the periods before a time. The shard is locked.
func (s *Service) evaluateMetric(sh *shard, a *alarm, at time.Time) {
	n := int(*a.settings.EvaluationPeriods)
	from := at.Add(-time.Duration(n+more) * a.period)
	data := points(s.samples(sh.Key, a.metric, from, at, at), from, a.period)
	slices.Reverse(data)
	v := a.judge(data, at)
	if v.state == "" || v.state == a.state {
		return
	}
	sh.move(a, at, v.state, a.why(v), aws.String(a.reasonData(v, at)))
}

// verdict is what an evaluation came to: a state, or none if the alarm stays what it is, with the data points that decided,
// the newest first, and how many were missing.
type verdict struct {
	state  types.StateValue
	points []sample
	filled int
}

// judge applies AWS's rules for missing data (as above). data are the real points of the evaluation range, the newest first.
func (a *alarm) judge(data []sample, at time.Time) verdict {
	n, needed := int(*a.settings.EvaluationPeriods), a.needed()
	v := verdict{points: data[:min(len(data), n)], filled: max(0, n-len(data))}
	bad := 0
	for _, x := range v.points {
		if a.breaches(x.statistic(a.settings.Statistic)) {
			bad++
		}
	}
	treat := missingData
	if a.settings.TreatMissingData != nil {
		treat = *a.settings.TreatMissingData
	}
	switch {
	case v.filled > 0 && treat == breaching:
		v.state = state(bad+v.filled >= needed)
	case v.filled == 0 || treat == notBreaching || bad >= needed:
		v.state = state(bad >= needed)
	case len(data) == 0 && treat == missingData:
		v.state = types.StateValueInsufficientData
	case bad < len(v.points):
		v.state = types.StateValueOk
	case bad > 0 && treat == missingData && !v.points[bad-1].at.After(at.Add(-time.Duration(needed)*a.period)):
		// Every point that is there breaches, and the oldest is as old as would be needed.
		v.state = types.StateValueAlarm
	}
	return v
}

func state(alarm bool) types.StateValue {
	if alarm {
		return types.StateValueAlarm
	}
	return types.StateValueOk
}

// move changes an alarm's state and notes it. The shard is locked.
func (sh *shard) move(a *alarm, at time.Time, to types.StateValue, reason string, data *string) {
	was := stateData{a.state, a.reason, a.data}
	a.reason, a.data, a.updated = reason, data, at
	if a.state == to {
		return
	}
	a.state, a.moved = to, at
	sh.note(a, at, types.HistoryItemTypeStateUpdate, "Alarm updated from "+string(was.value)+" to "+string(to), transition(was, stateData{to, reason, data}))
	for _, parent := range sh.parents(a.name) {
		parent.due = true
	}
}

// settle evaluates the composite alarms that are due: those that were put, and those whose children changed. One may stand
// in another's rule; of those that stand in each other's, the evaluation stops after as many rounds as there are alarms
// ("stops if CloudWatch detects a cycle", API Reference, DeleteAlarms). The shard is locked.
func (sh *shard) settle(at time.Time) {
	for range len(sh.alarms) {
		due := false
		for _, name := range sh.names() {
			a := sh.alarms[name]
			if a.rule == nil || !a.due {
				continue
			}
			a.due, due = false, true
			if to := state(a.rule.holds(func(name string) types.StateValue { return sh.alarms[name].state })); to != a.state {
				sh.move(a, at, to, sh.because(a), nil)
			}
		}
		if !due {
			return
		}
	}
}

// because is the reason of a composite alarm's state: the child whose change brought it about.
// UNCONFIRMED: the text.
func (sh *shard) because(a *alarm) string {
	newest := ""
	for _, name := range a.rule.names() {
		if child := sh.alarms[name]; newest == "" || child.moved.After(sh.alarms[newest].moved) {
			newest = name
		}
	}
	if newest == "" {
		return "The alarm rule is constant."
	}
	child := sh.alarms[newest]
	return child.arn + " transitioned to " + string(child.state) + " at " + child.moved.UTC().Format("Monday 02 January, 2006 15:04:05 MST")
}
