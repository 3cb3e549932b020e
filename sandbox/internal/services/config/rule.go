package config

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

const (
	maxRules         = 1000 // in a pair
	maxRuleName      = 128
	maxPolicyText    = 10000
	maxParameterText = 1024
	maxNames         = 25 // of rules in one call
	maxScopeTypes    = 100
	policyRuntime    = "guard-2.x.x" // literally so
	// deletion is how long a deleted rule is shown as DELETING. AWS publishes no figure.
	deletion = time.Second
)

// rule is a Config rule with a Guard policy.
type rule struct {
	conf       types.ConfigRule // without the policy text
	policyText string
	policy     *guard.Ruleset
	parameters map[string]any
	generation int // number of updates

	deleting  bool
	parts     int // of evaluations of all resources that are due or running
	activated time.Time
	invoked   time.Time
	evaluated time.Time
	failed    time.Time
	failure   error

	results     map[string]result // by resource id
	remediation *remediation
	exceptions  map[string]*exception
}

func (r *rule) name() string { return *r.conf.ConfigRuleName }

func (s *Service) ruleOps() []*call.Op {
	const rule = "ConfigRule."
	return []*call.Op{
		call.Operation("config", "PutConfigRule", s.putConfigRule).
			Accepts(rule+"ConfigRuleName", rule+"ConfigRuleArn", rule+"ConfigRuleId", rule+"ConfigRuleState", rule+"Description", rule+"InputParameters",
				rule+"EvaluationModes", rule+"MaximumExecutionFrequency", rule+"Source.Owner", rule+"Source.SourceIdentifier", rule+"Source.SourceDetails",
				rule+"Source.CustomPolicyDetails.PolicyRuntime", rule+"Source.CustomPolicyDetails.PolicyText",
				rule+"Scope.ComplianceResourceTypes", rule+"Scope.ComplianceResourceId", rule+"Scope.TagKey", rule+"Scope.TagValue", "Tags").
			Permissions(call.On(func(c call.Caller, in *api.PutConfigRuleInput) string {
				if in.ConfigRule == nil {
					return anyOf(key(c), "config-rule")
				}
				return s.ruleARN(c, in.ConfigRule.ConfigRuleName)
			})),
		call.Operation("config", "DescribeConfigRules", s.describeConfigRules).Accepts("ConfigRuleNames", "NextToken"),
		call.Operation("config", "GetCustomRulePolicy", s.getCustomRulePolicy).Accepts("ConfigRuleName").
			Permissions(call.On(func(c call.Caller, in *api.GetCustomRulePolicyInput) string { return s.ruleARN(c, in.ConfigRuleName) })),
		call.Operation("config", "DeleteConfigRule", s.deleteConfigRule).Accepts("ConfigRuleName").
			Permissions(call.On(func(c call.Caller, in *api.DeleteConfigRuleInput) string { return s.ruleARN(c, in.ConfigRuleName) })),
		call.Operation("config", "StartConfigRulesEvaluation", s.startConfigRulesEvaluation).Accepts("ConfigRuleNames").
			Permissions(call.OnEach(func(c call.Caller, in *api.StartConfigRulesEvaluationInput) []string {
				var arns []string
				for _, n := range in.ConfigRuleNames {
					arns = append(arns, s.ruleARN(c, &n))
				}
				return arns
			})),
		call.Operation("config", "DescribeConfigRuleEvaluationStatus", s.describeConfigRuleEvaluationStatus).Accepts("ConfigRuleNames", "Limit", "NextToken"),
	}
}

// ruleARN is the ARN of a rule, or a wildcard if there is none of that name: the ARN has a generated id.
func (s *Service) ruleARN(c call.Caller, name *string) string {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if r := sh.rules[aws.ToString(name)]; r != nil {
		return *r.conf.ConfigRuleArn
	}
	return anyOf(sh.Key, "config-rule")
}

func (s *Service) putConfigRule(_ context.Context, c call.Caller, in *api.PutConfigRuleInput) (*api.PutConfigRuleOutput, error) {
	if in.ConfigRule == nil {
		return nil, apierr.Missing("configRule")
	}
	if in.ConfigRule.Source == nil {
		return nil, apierr.Missing("configRule.source")
	}
	if owner := in.ConfigRule.Source.Owner; owner != types.OwnerCustomPolicy {
		return nil, apierr.Unsupported("Config rules of the owner %s; it runs CUSTOM_POLICY", owner)
	}
	next, err := checkRule(in.ConfigRule)
	if err != nil {
		return nil, err
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder == nil {
		return nil, noRecorder()
	}
	have, err := sh.ruleToPut(in.ConfigRule)
	switch {
	case err != nil:
		return nil, err
	case have == nil && len(sh.rules) >= maxRules:
		return nil, &types.MaxNumberOfConfigRulesExceededException{Message: apierr.Text("Account already has the maximum number of Config rules: %d", maxRules)}
	case have == nil:
		s.addRule(sh, next)
	case have.deleting:
		return nil, &types.ResourceInUseException{Message: apierr.Text("The rule %s is currently being deleted. Please retry after some time", have.name())}
	default:
		next.conf.ConfigRuleName, next.conf.ConfigRuleArn, next.conf.ConfigRuleId = have.conf.ConfigRuleName, have.conf.ConfigRuleArn, have.conf.ConfigRuleId
		have.conf, have.policy, have.policyText, have.parameters = next.conf, next.policy, next.policyText, next.parameters
		have.generation++
		if s.Quirks.Is(quirk.ChangedRule, "yes") {
			s.evaluateAll(sh, have)
		}
		next = have
	}
	sh.tag(*next.conf.ConfigRuleArn, in.Tags)
	return &api.PutConfigRuleOutput{}, nil
}

// addRule gives a new rule its id and schedules the evaluation of all resources. The shard is locked.
func (s *Service) addRule(sh *shard, r *rule) {
	name := r.name()
	id := "config-rule-" + s.IDs.Next(sh.Account, sh.Region, "config-rule", name).Alnum(6)
	r.conf.ConfigRuleId, r.conf.ConfigRuleArn = &id, aws.String(arn(sh.Key, "config-rule/"+id))
	r.activated = s.Clock.Now()
	r.results, r.exceptions = map[string]result{}, map[string]*exception{}
	sh.rules[name] = r
	s.evaluateAll(sh, r)
}

// ruleToPut finds the rule that a put updates: by name, id or ARN; nil for a new one.
func (sh *shard) ruleToPut(conf *types.ConfigRule) (*rule, error) {
	if conf.ConfigRuleName != nil && conf.ConfigRuleArn == nil && conf.ConfigRuleId == nil {
		return sh.rules[*conf.ConfigRuleName], nil
	}
	for _, r := range sh.rules {
		if (conf.ConfigRuleName == nil || *conf.ConfigRuleName == r.name()) &&
			(conf.ConfigRuleArn == nil || *conf.ConfigRuleArn == *r.conf.ConfigRuleArn) && (conf.ConfigRuleId == nil || *conf.ConfigRuleId == *r.conf.ConfigRuleId) {
			return r, nil
		}
	}
	if conf.ConfigRuleName == nil && conf.ConfigRuleArn == nil && conf.ConfigRuleId == nil {
		return nil, invalid("A rule needs a ConfigRuleName")
	}
	return nil, noRule(aws.ToString(conf.ConfigRuleName))
}

// checkRule checks a request's settings and makes a rule of them.
func checkRule(conf *types.ConfigRule) (*rule, error) {
	name := aws.ToString(conf.ConfigRuleName)
	if conf.ConfigRuleName != nil && (strings.TrimSpace(name) == "" || len(name) > maxRuleName) {
		return nil, apierr.Constraint(name, "configRule.configRuleName", apierr.Pattern(`.*\S.*`))
	}
	if conf.ConfigRuleState != "" && conf.ConfigRuleState != types.ConfigRuleStateActive {
		return nil, invalid("The ConfigRuleState of a rule that is put can only be ACTIVE")
	}
	if conf.MaximumExecutionFrequency != "" {
		return nil, invalid("MaximumExecutionFrequency is not supported for rules of the owner CUSTOM_POLICY: they run on changes")
	}
	for _, m := range conf.EvaluationModes {
		if m.Mode != types.EvaluationModeDetective {
			return nil, apierr.Unsupported("the evaluation mode %s of Config rules", m.Mode)
		}
	}
	if err := checkScope(conf.Scope); err != nil {
		return nil, err
	}
	r := &rule{}
	if err := r.setPolicy(name, conf.Source); err != nil {
		return nil, err
	}
	if err := r.setParameters(conf.InputParameters); err != nil {
		return nil, err
	}
	r.conf = types.ConfigRule{
		ConfigRuleName: conf.ConfigRuleName, Description: conf.Description, InputParameters: conf.InputParameters, Scope: conf.Scope,
		EvaluationModes: []types.EvaluationModeConfiguration{{Mode: types.EvaluationModeDetective}},
		Source: &types.Source{
			Owner: types.OwnerCustomPolicy, SourceDetails: conf.Source.SourceDetails,
			CustomPolicyDetails: &types.CustomPolicyDetails{PolicyRuntime: conf.Source.CustomPolicyDetails.PolicyRuntime},
		},
	}
	return r, nil
}

// setPolicy checks and compiles the policy. SourceIdentifier is ignored for this owner, as AWS documents.
func (r *rule) setPolicy(name string, source *types.Source) error {
	d := source.CustomPolicyDetails
	switch {
	case d == nil:
		return invalid("CustomPolicyDetails must be given for rules of the owner CUSTOM_POLICY")
	case aws.ToString(d.PolicyRuntime) != policyRuntime:
		return apierr.Constraint(aws.ToString(d.PolicyRuntime), "configRule.source.customPolicyDetails.policyRuntime", apierr.Pattern(`guard\-2\.x\.x`))
	case aws.ToString(d.PolicyText) == "" || len(*d.PolicyText) > maxPolicyText:
		return invalid("The policy text must have 1 to %d characters", maxPolicyText)
	case len(source.SourceDetails) == 0:
		return invalid("SourceDetails with a message type must be given for rules of the owner CUSTOM_POLICY")
	}
	for _, x := range source.SourceDetails {
		if x.EventSource != types.EventSourceAwsConfig {
			return invalid("The event source %s is not valid", x.EventSource)
		}
		switch x.MessageType {
		case types.MessageTypeConfigurationItemChangeNotification, types.MessageTypeOversizedConfigurationItemChangeNotification:
		default:
			return invalid("The message type %s is not valid for rules of the owner CUSTOM_POLICY", x.MessageType)
		}
		if x.MaximumExecutionFrequency != "" {
			return invalid("MaximumExecutionFrequency is not supported for the message type %s", x.MessageType)
		}
	}
	policy, err := guard.Compile([]byte(*d.PolicyText), guard.Options{Dialect: guard.DialectConfig, Name: name})
	if err != nil {
		return invalid("The policy text is not valid: %v", err)
	}
	r.policy, r.policyText = policy, *d.PolicyText
	return nil
}

// setParameters reads the rule's parameters, a JSON object.
func (r *rule) setParameters(in *string) error {
	if in == nil {
		return nil
	}
	if rule := apierr.Length(len(*in), 1, maxParameterText); rule != "" {
		return apierr.Constraint(nil, "configRule.inputParameters", rule)
	}
	if err := json.Unmarshal([]byte(*in), &r.parameters); err != nil {
		return invalid("Invalid InputParameters: not a JSON object")
	}
	return nil
}

func checkScope(sc *types.Scope) error {
	switch {
	case sc == nil:
		return nil
	case len(sc.ComplianceResourceTypes) > maxScopeTypes:
		return apierr.TooLong("configRule.scope.complianceResourceTypes", maxScopeTypes)
	case sc.ComplianceResourceId != nil && len(sc.ComplianceResourceTypes) != 1:
		return invalid("A scope with a resource id takes exactly one resource type")
	case sc.TagValue != nil && sc.TagKey == nil:
		return invalid("A scope with a tag value needs a tag key")
	default:
		return nil
	}
}

// covers says whether a function is in the rule's scope.
func (r *rule) covers(rec *function.Record) bool {
	sc := r.conf.Scope
	if sc == nil {
		return true
	}
	if len(sc.ComplianceResourceTypes) > 0 && !slices.Contains(sc.ComplianceResourceTypes, recording.ResourceType) {
		return false
	}
	if sc.ComplianceResourceId != nil && *sc.ComplianceResourceId != rec.Name {
		return false
	}
	if sc.TagKey == nil {
		return true
	}
	v, ok := rec.Tags[*sc.TagKey]
	return ok && (sc.TagValue == nil || *sc.TagValue == v)
}

// onChange says whether the rule runs on configuration items of ordinary size.
func (r *rule) onChange() bool {
	return slices.ContainsFunc(r.conf.Source.SourceDetails, func(d types.SourceDetail) bool {
		return d.MessageType == types.MessageTypeConfigurationItemChangeNotification
	})
}

// rulesNamed are the rules of those names, or all, by name.
func (sh *shard) rulesNamed(names []string) ([]*rule, error) {
	if len(names) > maxNames {
		return nil, apierr.TooLong("configRuleNames", maxNames)
	}
	if len(names) == 0 {
		return sorted(sh.rules), nil
	}
	found := map[string]*rule{}
	for _, n := range names {
		r, err := sh.ruleNamed(&n)
		if err != nil {
			return nil, err
		}
		found[n] = r
	}
	return sorted(found), nil
}

func (sh *shard) ruleNamed(name *string) (*rule, error) {
	if r := sh.rules[aws.ToString(name)]; r != nil {
		return r, nil
	}
	return nil, noRule(aws.ToString(name))
}

func (r *rule) state() types.ConfigRuleState {
	switch {
	case r.deleting:
		return types.ConfigRuleStateDeleting
	case r.parts > 0:
		return types.ConfigRuleStateEvaluating
	default:
		return types.ConfigRuleStateActive
	}
}

func (s *Service) describeConfigRules(_ context.Context, c call.Caller, in *api.DescribeConfigRulesInput) (*api.DescribeConfigRulesOutput, error) {
	sh, rules, err := lockAndFind(s, c, (*shard).rulesNamed, in.ConfigRuleNames)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	part, next, err := cut(rules, (*rule).name, in.NextToken, 0, maxNames, maxNames)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeConfigRulesOutput{ConfigRules: []types.ConfigRule{}, NextToken: next}
	for _, r := range part {
		view := r.conf
		view.ConfigRuleState = r.state()
		out.ConfigRules = append(out.ConfigRules, view)
	}
	return out, nil
}

func (s *Service) getCustomRulePolicy(_ context.Context, c call.Caller, in *api.GetCustomRulePolicyInput) (*api.GetCustomRulePolicyOutput, error) {
	sh, r, err := lockAndFind(s, c, (*shard).ruleNamed, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	return &api.GetCustomRulePolicyOutput{PolicyText: aws.String(r.policyText)}, nil
}

func (s *Service) deleteConfigRule(_ context.Context, c call.Caller, in *api.DeleteConfigRuleInput) (*api.DeleteConfigRuleOutput, error) {
	sh, r, err := lockAndFind(s, c, (*shard).ruleNamed, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	switch {
	case r.remediation != nil:
		return nil, &types.ResourceInUseException{
			Message: apierr.Text("The rule %s has a remediation action associated with it. Delete the remediation action and try again.", r.name()),
		}
	case r.deleting:
		return nil, &types.ResourceInUseException{Message: apierr.Text("The rule %s is currently being deleted. Please retry after some time", r.name())}
	}
	r.deleting = true
	s.after(deletion, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		delete(sh.rules, r.name())
		delete(sh.tags, *r.conf.ConfigRuleArn)
	})
	return &api.DeleteConfigRuleOutput{}, nil
}
