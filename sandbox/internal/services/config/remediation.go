package config

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

// remediationService is the principal behind the service-linked role that starts automations.
const remediationService = "remediation.config.amazonaws.com"

// Limits and defaults of remediation configurations (API reference, RemediationConfiguration and SsmControls).
const (
	maxRemediations        = 25 // in one call
	maxParameters          = 25
	maxParameterValues     = 25
	maxParameterValue      = 256
	maxTarget              = 256
	maxAttempts            = 25
	maxRetrySeconds        = 2678000
	defaultAttempts        = 5
	defaultRetrySeconds    = 60
	defaultConcurrency     = 10 // percent
	defaultErrorPercentage = 50
	maxKeys                = 100

	resourceID     = "RESOURCE_ID"
	assumeRoleName = "AutomationAssumeRole"
)

// assumesParameter finds a document whose assumeRole is the parameter that automatic remediation needs.
var assumesParameter = regexp.MustCompile(`"?assumeRole"?\s*:\s*["']?\{\{\s*` + assumeRoleName + `\s*\}\}`)

func (s *Service) remediationOps() []*call.Op {
	const conf = "RemediationConfigurations."
	return []*call.Op{
		call.Operation("config", "PutRemediationConfigurations", s.putRemediationConfigurations).
			Accepts(conf+"ConfigRuleName", conf+"TargetId", conf+"TargetType", conf+"TargetVersion", conf+"ResourceType", conf+"Parameters", conf+"Automatic",
				conf+"ExecutionControls", conf+"MaximumAutomaticAttempts", conf+"RetryAttemptSeconds", conf+"Arn").
			Permissions(call.OnEach(func(c call.Caller, in *api.PutRemediationConfigurationsInput) []string {
				var arns []string
				for _, r := range in.RemediationConfigurations {
					arns = append(arns, s.remediationARN(c, r.ConfigRuleName))
				}
				return arns
			}).And(call.For(func(c call.Caller, in *api.PutRemediationConfigurationsInput) []call.Permission {
				var all []call.Permission
				for _, conf := range in.RemediationConfigurations {
					all = append(all, s.startPermissions(c, conf)...)
				}
				return all
			}))),
		call.Operation("config", "DescribeRemediationConfigurations", s.describeRemediationConfigurations).Accepts("ConfigRuleNames").
			Permissions(call.OnEach(func(c call.Caller, in *api.DescribeRemediationConfigurationsInput) []string {
				var arns []string
				for _, n := range in.ConfigRuleNames {
					arns = append(arns, s.remediationARN(c, &n))
				}
				return arns
			})),
		call.Operation("config", "DeleteRemediationConfiguration", s.deleteRemediationConfiguration).Accepts("ConfigRuleName", "ResourceType").
			Permissions(call.On(func(c call.Caller, in *api.DeleteRemediationConfigurationInput) string {
				return s.remediationARN(c, in.ConfigRuleName)
			})),
		call.Operation("config", "StartRemediationExecution", s.startRemediationExecution).Accepts("ConfigRuleName", "ResourceKeys").
			Permissions(call.On(func(call.Caller, *api.StartRemediationExecutionInput) string { return "*" }).
				And(call.For(func(c call.Caller, in *api.StartRemediationExecutionInput) []call.Permission {
					sh, r, err := lockAndFind(s, c, (*shard).remediated, in.ConfigRuleName)
					if err != nil {
						return nil
					}
					defer sh.mu.Unlock()
					return s.startPermissions(c, r.remediation.conf)
				}))),
		call.Operation("config", "DescribeRemediationExecutionStatus", s.describeRemediationExecutionStatus).Accepts("ConfigRuleName", "ResourceKeys", "Limit", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.DescribeRemediationExecutionStatusInput) string {
				return s.remediationARN(c, in.ConfigRuleName)
			})),
	}
}

// startPermissions are those that a caller needs for the automations of a remediation, if it needs any: the quirk
// [quirk.PutRemediationPassRole].
func (s *Service) startPermissions(c call.Caller, conf types.RemediationConfiguration) []call.Permission {
	if !s.Quirks.Is(quirk.PutRemediationPassRole, "yes") {
		return nil
	}
	document := aws.ToString(conf.TargetId)
	if !strings.HasPrefix(document, "arn:") {
		document = "arn:" + function.Partition(c.Region) + ":ssm:" + c.Region + ":" + c.Account + ":automation-definition/" + document
	}
	all := []call.Permission{{Action: "ssm:StartAutomationExecution", Resource: document + ":" + cmp.Or(aws.ToString(conf.TargetVersion), "$DEFAULT")}}
	if role := conf.Parameters[assumeRoleName].StaticValue; role != nil && len(role.Values) > 0 {
		all = append(all, call.Permission{
			Action: "iam:PassRole", Resource: role.Values[0], Context: map[string][]string{"iam:PassedToService": {"ssm.amazonaws.com"}},
		})
	}
	return all
}

// remediationARN is the ARN of a rule's remediation, or a wildcard if it has none.
func (s *Service) remediationARN(c call.Caller, name *string) string {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if r := sh.rules[aws.ToString(name)]; r != nil && r.remediation != nil {
		return *r.remediation.conf.Arn
	}
	return anyOf(sh.Key, "remediation-configuration")
}

func (s *Service) putRemediationConfigurations(ctx context.Context, c call.Caller, in *api.PutRemediationConfigurationsInput) (*api.PutRemediationConfigurationsOutput, error) {
	switch {
	case len(in.RemediationConfigurations) == 0:
		return nil, apierr.Missing("remediationConfigurations")
	case len(in.RemediationConfigurations) > maxRemediations:
		return nil, apierr.TooLong("remediationConfigurations", maxRemediations)
	}
	for _, conf := range in.RemediationConfigurations {
		if err := checkRemediation(conf); err != nil {
			return nil, err
		}
		if err := s.checkTarget(ctx, c, conf); err != nil {
			return nil, err
		}
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, conf := range in.RemediationConfigurations {
		if r := sh.rules[*conf.ConfigRuleName]; r == nil || r.deleting {
			return nil, invalid("The ConfigRule '%s' provided in the request is invalid. Please check the configRule name", *conf.ConfigRuleName)
		}
	}
	for _, conf := range in.RemediationConfigurations {
		s.setRemediation(sh, sh.rules[*conf.ConfigRuleName], conf)
	}
	return &api.PutRemediationConfigurationsOutput{FailedBatches: []types.FailedRemediationBatch{}}, nil
}

// checkRemediation checks one configuration by itself.
func checkRemediation(conf types.RemediationConfiguration) error {
	switch {
	case conf.ConfigRuleName == nil:
		return apierr.Missing("remediationConfigurations.1.member.configRuleName")
	case len(*conf.ConfigRuleName) > maxShortName:
		return apierr.TooLong("remediationConfigurations.1.member.configRuleName", maxShortName)
	case conf.TargetType != types.RemediationTargetTypeSsmDocument:
		return apierr.Constraint(conf.TargetType, "targetType", apierr.OneOf(types.RemediationTargetTypeSsmDocument))
	case len(conf.Parameters) > maxParameters:
		return apierr.TooLong("remediationConfigurations.1.member.parameters", maxParameters)
	}
	if rule := apierr.Length(len(aws.ToString(conf.TargetId)), 1, maxTarget); rule != "" {
		return apierr.Constraint(nil, "targetId", rule)
	}
	if n := conf.RetryAttemptSeconds; n != nil {
		if rule := apierr.Range(*n, 1, maxRetrySeconds); rule != "" {
			return apierr.Constraint(*n, "retryAttemptSeconds", rule)
		}
	}
	controls := &types.SsmControls{}
	if e := conf.ExecutionControls; e != nil && e.SsmControls != nil {
		controls = e.SsmControls
	}
	for _, x := range []struct {
		member string
		n      *int32
		most   int32
	}{
		{"maximumAutomaticAttempts", conf.MaximumAutomaticAttempts, maxAttempts},
		{"ssmControls", controls.ConcurrentExecutionRatePercentage, 100},
		{"ssmControls", controls.ErrorPercentage, 100},
	} {
		if x.n == nil {
			continue
		}
		if rule := apierr.Range(*x.n, 1, x.most); rule != "" {
			return apierr.Constraint(*x.n, x.member, rule)
		}
	}
	return checkParameters(conf)
}

func checkParameters(conf types.RemediationConfiguration) error {
	for name, p := range conf.Parameters {
		switch {
		case (p.ResourceValue == nil) == (p.StaticValue == nil):
			return invalid("The parameter %s must have either a ResourceValue or a StaticValue", name)
		case p.ResourceValue != nil && p.ResourceValue.Value != types.ResourceValueTypeResourceId:
			return invalid("The ResourceValue %s of the parameter %s is not valid: there is RESOURCE_ID", p.ResourceValue.Value, name)
		case p.StaticValue != nil && (len(p.StaticValue.Values) == 0 || len(p.StaticValue.Values) > maxParameterValues):
			return invalid("The parameter %s must have 1 to %d values", name, maxParameterValues)
		case p.StaticValue != nil:
			for _, v := range p.StaticValue.Values {
				if len(v) < 1 || len(v) > maxParameterValue {
					return invalid("A value of the parameter %s must have 1 to %d characters", name, maxParameterValue)
				}
			}
		}
	}
	if conf.Automatic && conf.Parameters[assumeRoleName].StaticValue == nil {
		return invalid("%s must be given with a value for automatic remediation", assumeRoleName)
	}
	return nil
}

// checkTarget checks the document, which it reads as AWS Config will: with its service-linked role.
func (s *Service) checkTarget(ctx context.Context, c call.Caller, conf types.RemediationConfiguration) error {
	remediator, err := s.remediator(ctx, c)
	if err != nil {
		return err
	}
	out, err := call.Do[ssm.GetDocumentOutput](ctx, s.Dispatcher, remediator, &ssm.GetDocumentInput{Name: conf.TargetId, DocumentVersion: conf.TargetVersion})
	if err != nil {
		return invalid("The SSM document %s cannot be used as a remediation action: %v", *conf.TargetId, err)
	}
	if conf.Automatic && !assumesParameter.MatchString(aws.ToString(out.Content)) {
		return invalid("The assumeRole of the SSM document %s must be {{ %s }} for automatic remediation", *conf.TargetId, assumeRoleName)
	}
	return nil
}

// remediator is the session of AWS Config's service-linked role in an account.
func (s *Service) remediator(ctx context.Context, c call.Caller) (call.Caller, error) {
	role, err := s.ServiceRoles.EnsureServiceRole(c.Account, remediationService)
	if err != nil {
		return call.Caller{}, err
	}
	as, err := session.Assume(ctx, s.Dispatcher, call.ServiceCaller(remediationService, c.Account, c.Region), role, sessionName)
	return as.Caller, err
}

// setRemediation sets a rule's remediation. An automatic one starts at once with the rule's present results. The shard is
// locked.
func (s *Service) setRemediation(sh *shard, r *rule, conf types.RemediationConfiguration) {
	if conf.Automatic {
		if conf.MaximumAutomaticAttempts == nil {
			conf.MaximumAutomaticAttempts = aws.Int32(defaultAttempts)
		}
		if conf.RetryAttemptSeconds == nil {
			conf.RetryAttemptSeconds = aws.Int64(defaultRetrySeconds)
		}
	}
	if r.remediation == nil {
		id := s.IDs.Next(sh.Account, sh.Region, "remediation-configuration", r.name()).UUID()
		r.remediation = &remediation{executions: map[string]*execution{}, attempts: map[string][]time.Time{}}
		conf.Arn = aws.String(arn(sh.Key, "remediation-configuration/"+r.name()+"/"+id))
	} else {
		conf.Arn = r.remediation.conf.Arn
	}
	r.remediation.conf = conf
	if !conf.Automatic && s.Quirks.Is(quirk.QueuedRemediation, "dropped") {
		r.remediation.drop(func(x *execution) bool { return x.automatic })
	}
	s.remediate(sh, r, r.failing())
}

// failing are the non-compliant resources, in order.
func (r *rule) failing() []string {
	names := map[string]string{}
	for n, x := range r.results {
		if x.verdict == nonCompliant {
			names[n] = n
		}
	}
	return sorted(names)
}

func (s *Service) describeRemediationConfigurations(_ context.Context, c call.Caller, in *api.DescribeRemediationConfigurationsInput) (*api.DescribeRemediationConfigurationsOutput, error) {
	switch {
	case len(in.ConfigRuleNames) == 0:
		return nil, apierr.Missing("configRuleNames")
	case len(in.ConfigRuleNames) > maxNames:
		return nil, apierr.TooLong("configRuleNames", maxNames)
	}
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	out := &api.DescribeRemediationConfigurationsOutput{RemediationConfigurations: []types.RemediationConfiguration{}}
	for _, n := range in.ConfigRuleNames {
		if r := sh.rules[n]; r != nil && r.remediation != nil { // UNCONFIRMED: unknown names answer nothing
			out.RemediationConfigurations = append(out.RemediationConfigurations, r.remediation.conf)
		}
	}
	return out, nil
}

// remediated is the rule of that name, which must have a remediation.
func (sh *shard) remediated(name *string) (*rule, error) {
	if name == nil {
		return nil, apierr.Missing("configRuleName")
	}
	r := sh.rules[*name]
	if r == nil || r.remediation == nil {
		return nil, noRemediation(*name)
	}
	return r, nil
}

func (s *Service) deleteRemediationConfiguration(_ context.Context, c call.Caller, in *api.DeleteRemediationConfigurationInput) (*api.DeleteRemediationConfigurationOutput, error) {
	sh, r, err := lockAndFind(s, c, (*shard).remediated, in.ConfigRuleName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	if in.ResourceType != nil && *in.ResourceType != aws.ToString(r.remediation.conf.ResourceType) {
		return nil, noRemediation(*in.ConfigRuleName)
	}
	if r.remediation.busy > 0 {
		return nil, &types.RemediationInProgressException{
			Message: apierr.Text("Remediation action is in progress. You can either cancel execution in AWS Systems Manager or wait and try again later."),
		}
	}
	r.remediation = nil
	return &api.DeleteRemediationConfigurationOutput{}, nil
}
