package config

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// parameterRoot is the key under which a Guard policy finds the rule's parameters.
// UNCONFIRMED: no page of AWS has it; published samples use it.
const parameterRoot = "CONFIG_RULE_PARAMETERS"

// startPeriod is the time that must pass between two calls of StartConfigRulesEvaluation.
// UNCONFIRMED: that it is one period for the pair, not one for each rule.
const startPeriod = time.Minute

// verdict is a compliance type in one byte: there is one for each rule and function.
type verdict uint8

const (
	noVerdict verdict = iota
	compliant
	nonCompliant
	notApplicable
)

func (v verdict) complianceType() types.ComplianceType {
	switch v {
	case compliant:
		return types.ComplianceTypeCompliant
	case nonCompliant:
		return types.ComplianceTypeNonCompliant
	case notApplicable:
		return types.ComplianceTypeNotApplicable
	default:
		return types.ComplianceTypeInsufficientData
	}
}

// verdictOf maps the status of a whole policy, in which Guard lets one FAIL win.
// UNCONFIRMED: that AWS Config maps a policy of several rules this way.
func verdictOf(s guard.Status) verdict {
	switch s {
	case guard.StatusFail:
		return nonCompliant
	case guard.StatusPass:
		return compliant
	default:
		return notApplicable
	}
}

// result is a rule's result for a resource. Times are nanoseconds since 1970.
type result struct {
	verdict, before                     verdict // before the last change of the verdict
	ordered, invoked, recorded, changed int64
}

// seen is the verdict as it was at a time.
func (r result) seen(at time.Time) verdict {
	if r.changed > at.UnixNano() {
		return r.before
	}
	return r.verdict
}

// work is what the rules of a pair have to evaluate at one time.
type work struct {
	names map[string]bool           // resources, by every rule that runs on changes
	rules map[*rule]map[string]bool // rules, over these resources; nil is every resource
}

// evaluateAll schedules the evaluation of all resources by a rule. The shard is locked.
func (s *Service) evaluateAll(sh *shard, r *rule) {
	if s.Quirks.Is(quirk.EvaluationDelay, "seconds") {
		if w := sh.workIn(s.evaluationDelay(sh, ""), s); !w.has(r) {
			w.rules[r] = nil
			r.parts++
		}
		return
	}
	all := sh.items.All()
	for _, x := range all {
		w := sh.workIn(s.evaluationDelay(sh, x.Name), s)
		if !w.has(r) {
			w.rules[r] = map[string]bool{}
			r.parts++
		}
		if w.rules[r] != nil {
			w.rules[r][x.Name] = true
		}
	}
	if len(all) == 0 {
		if w := sh.workIn(s.evaluationDelay(sh, r.name()), s); !w.has(r) {
			w.rules[r] = map[string]bool{}
			r.parts++
		}
	}
}

func (w *work) has(r *rule) bool {
	_, ok := w.rules[r]
	return ok
}

// evaluateOne schedules the evaluation of one resource by every rule that runs on changes. The shard is locked.
func (s *Service) evaluateOne(sh *shard, name string) {
	sh.workIn(s.evaluationDelay(sh, name), s).names[name] = true
}

// Evaluations of single functions come this long after the change or the request, in steps of evaluationStep.
const (
	earliestEvaluation = 30 * time.Second
	latestEvaluation   = 5 * time.Minute
	evaluationStep     = 5 * time.Second
)

// evaluationDelay is the time from a change or a request to the evaluation of a resource.
func (s *Service) evaluationDelay(sh *shard, name string) time.Duration {
	if s.Quirks.Is(quirk.EvaluationDelay, "seconds") {
		return time.Second
	}
	draw := s.IDs.At(sh.Account, sh.Region, "evaluation", name, uint64(s.Clock.Now().UnixNano())) //nolint:gosec // any number will do
	steps := uint64((latestEvaluation-earliestEvaluation)/evaluationStep) + 1
	return earliestEvaluation + time.Duration(binary.BigEndian.Uint64(draw[:])%steps)*evaluationStep //nolint:gosec // below steps
}

// workIn is the work that is to be done in d. What comes within a second of other work is done with it. The shard is
// locked.
func (sh *shard) workIn(d time.Duration, s *Service) *work {
	at := s.Clock.Now().Add(d)
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	w := sh.due[at]
	if w == nil {
		w = &work{names: map[string]bool{}, rules: map[*rule]map[string]bool{}}
		sh.due[at] = w
		s.after(at.Sub(s.Clock.Now()), func() { s.evaluate(sh, at) })
	}
	return w
}

// task is the work of one rule, with all that it needs while the shard is not locked.
type task struct {
	rule       *rule
	policy     *guard.Ruleset
	parameters map[string]any
	generation int
	covers     func(*recording.State) bool
	resources  []*recording.Resource
	full       bool
}

// evaluate does the work that was to be done at a time.
func (s *Service) evaluate(sh *shard, at time.Time) {
	sh.evaluation.Lock()
	defer sh.evaluation.Unlock()
	started := s.Clock.Now()
	for _, t := range sh.tasks(at, started) {
		found, failure := t.run(s.ctx)
		s.finish(sh, t, started, found, failure)
	}
}

// tasks are the rules' parts of the work of a time.
func (sh *shard) tasks(at, started time.Time) []task {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	due := sh.due[at]
	delete(sh.due, at)
	var out []task
	for _, r := range sorted(sh.rules) {
		part, full := due.rules[r]
		t := task{rule: r, policy: r.policy, parameters: r.parameters, generation: r.generation, full: full}
		names := maps.Clone(part)
		if r.onChange() && len(due.names) > 0 {
			if names == nil {
				names = map[string]bool{}
			}
			maps.Copy(names, due.names)
		}
		switch {
		case r.deleting || !full && len(names) == 0:
			continue
		case full && part == nil:
			t.resources = sh.items.All()
		default:
			for _, n := range slices.Sorted(maps.Keys(names)) {
				if x, ok := sh.items.Find(n); ok {
					t.resources = append(t.resources, x)
				}
			}
		}
		scope := *r // the scope is replaced by a put, never changed
		t.covers = func(st *recording.State) bool { return scope.covers(st.Record) }
		r.invoked = started
		out = append(out, t)
	}
	return out
}

// finding is a new result; noVerdict removes an old one.
type finding struct {
	name    string
	ordered time.Time
	verdict verdict
}

// run evaluates the resources. The shard is not locked. An error of the policy ends the run: Guard gives no verdict then.
func (t *task) run(ctx context.Context) (found []finding, failure error) {
	for _, r := range t.resources {
		st := r.Latest()
		f := finding{name: r.Name, ordered: st.At()}
		if !st.Deleted && t.covers(st) {
			item := st.Document()
			if t.parameters != nil {
				item[parameterRoot] = t.parameters
			}
			doc, err := guard.FromValue(item)
			if err != nil {
				return found, err
			}
			status, err := t.policy.Status(ctx, doc)
			if err != nil {
				return found, err
			}
			f.verdict = verdictOf(status)
		}
		found = append(found, f)
	}
	return found, nil
}

// finish stores results and hands the non-compliant resources to remediation.
func (s *Service) finish(sh *shard, t task, started time.Time, found []finding, failure error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r := t.rule
	if r.deleting || sh.rules[r.name()] != r {
		return
	}
	if t.full {
		r.parts--
	}
	if r.generation != t.generation {
		return // evaluated with an older policy
	}
	now := s.Clock.Now()
	r.failure = failure
	if failure != nil {
		r.failed = now
	} else if len(t.resources) > 0 || s.Quirks.Is(quirk.EvaluationTime, "set") {
		r.evaluated = now
	}
	var failing []string
	for _, f := range found {
		if f.verdict == notApplicable && s.Quirks.Is(quirk.NotApplicable, "removed") {
			f.verdict = noVerdict
		}
		r.store(f, started, now)
		if f.verdict == nonCompliant {
			failing = append(failing, f.name)
		}
	}
	s.remediate(sh, r, failing)
}

func (r *rule) store(f finding, started, now time.Time) {
	if f.verdict == noVerdict {
		delete(r.results, f.name)
		return
	}
	next := result{verdict: f.verdict, ordered: f.ordered.UnixNano(), invoked: started.UnixNano(), recorded: now.UnixNano(), changed: now.UnixNano()}
	if have, ok := r.results[f.name]; ok {
		next.before = have.verdict
		if have.verdict == f.verdict {
			next.before, next.changed = have.before, have.changed
		}
	}
	r.results[f.name] = next
}

func (s *Service) startConfigRulesEvaluation(_ context.Context, c call.Caller, in *api.StartConfigRulesEvaluationInput) (*api.StartConfigRulesEvaluationOutput, error) {
	if len(in.ConfigRuleNames) == 0 {
		// UNCONFIRMED: what AWS does without names, which its model allows.
		return nil, invalid("At least one ConfigRuleName must be given")
	}
	sh, rules, err := lockAndFind(s, c, (*shard).rulesNamed, in.ConfigRuleNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	now := s.Clock.Now()
	if !sh.requested.IsZero() && now.Sub(sh.requested) < startPeriod {
		return nil, &types.LimitExceededException{Message: apierr.Text("StartConfigRulesEvaluation was called less than a minute ago. Please try again later.")}
	}
	for _, r := range rules {
		switch {
		case r.deleting:
			return nil, &types.ResourceInUseException{Message: apierr.Text("The rule %s is currently being deleted", r.name())}
		case r.parts > 0 && s.Quirks.Is(quirk.EvaluationOverlap, "refused"):
			return nil, &types.LimitExceededException{Message: apierr.Text("An evaluation of the rule %s is in progress. Please try again later.", r.name())}
		}
	}
	sh.requested = now
	for _, r := range rules {
		s.evaluateAll(sh, r)
	}
	return &api.StartConfigRulesEvaluationOutput{}, nil
}

func (s *Service) describeConfigRuleEvaluationStatus(_ context.Context, c call.Caller, in *api.DescribeConfigRuleEvaluationStatusInput) (*api.DescribeConfigRuleEvaluationStatusOutput, error) {
	sh, rules, err := lockAndFind(s, c, (*shard).rulesNamed, in.ConfigRuleNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	const largest = 150 // of the service model
	part, next, err := cut(rules, (*rule).name, in.NextToken, in.Limit, maxNames, largest)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeConfigRuleEvaluationStatusOutput{ConfigRulesEvaluationStatus: []types.ConfigRuleEvaluationStatus{}, NextToken: next}
	for _, r := range part {
		view := types.ConfigRuleEvaluationStatus{
			ConfigRuleName: r.conf.ConfigRuleName, ConfigRuleArn: r.conf.ConfigRuleArn, ConfigRuleId: r.conf.ConfigRuleId,
			FirstActivatedTime: optional.Time(r.activated), FirstEvaluationStarted: !r.invoked.IsZero(),
			LastSuccessfulInvocationTime: optional.Time(r.invoked), LastSuccessfulEvaluationTime: optional.Time(r.evaluated), LastFailedEvaluationTime: optional.Time(r.failed),
		}
		if r.failure != nil {
			view.LastErrorCode, view.LastErrorMessage = apierr.Text("PolicyEvaluationError"), apierr.Text("%v", r.failure)
		}
		out.ConfigRulesEvaluationStatus = append(out.ConfigRulesEvaluationStatus, view)
	}
	return out, nil
}
