package cloudformation_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk/quirktest"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/lambda"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/organizations"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/scheduler"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/sts"
)

const (
	management = "100000000000"
	member1    = "100000000001"
	member2    = "100000000002"
	member3    = "100000000003"
	region     = "us-east-1"
	region2    = "eu-west-1"
	trusted    = "member.org.stacksets.cloudformation.amazonaws.com"
)

// world is an organization with real iam, sts, ssm and organizations, and a Config that only keeps rules.
type world struct {
	*testing.T
	dispatcher *call.Dispatcher
	faults     *call.Faults
	org        *organizations.Service
	iam        *iam.Service
	rules      *rules
	unit       string // OU of member1 and member2; member3 is in the root
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return build(t, false)
}

// build makes a world; a full one has the real Config, Scheduler and Lambda.
func build(t *testing.T, full bool) *world {
	t.Helper()
	return quirky(t, full, nil)
}

// quirky makes a world with some quirks chosen; the others are on the sides that need no waiting.
func quirky(t *testing.T, full bool, chosen map[quirk.Name]string) *world {
	t.Helper()
	quirks := quirktest.Turned(t, chosen)
	clk, src := clock.New(1000), ids.New(1)
	d := call.New(clk)
	w := &world{T: t, dispatcher: d, faults: &call.Faults{}, rules: &rules{m: map[string]configtypes.ConfigRule{}, remediations: map[string]configtypes.RemediationConfiguration{}}}
	w.org = organizations.New(organizations.Config{Clock: clk, IDs: src, Management: management, Name: "management"})
	w.iam = iam.New(iam.Config{Clock: clk, IDs: src, Organization: w.org, Quirks: quirks})
	tokens := sts.New(sts.Config{IAM: w.iam, Organization: w.org, Secret: "x"})
	docs := ssm.New(ssm.Config{Dispatcher: d, Clock: clk, IDs: src})
	cf := cloudformation.New(cloudformation.Config{
		Clock: clk, IDs: src, Dispatcher: d, Organization: w.org, Regions: regions{}, ServiceRoles: w.iam, Quirks: quirks,
	})
	for _, ops := range [][]*call.Op{w.org.Operations(), w.iam.Operations(), tokens.Operations(), docs.Operations(), cf.Operations()} {
		d.Register(ops...)
	}
	if full {
		functions := lambda.New(lambda.Config{Clock: clk, IDs: src, BlobURL: func(string) string { return "" }})
		watch := config.New(config.Config{
			Dispatcher: d, Clock: clk, IDs: src, Functions: functions, Organization: w.org, Regions: regions{}, ServiceRoles: w.iam, Automations: docs, Quirks: quirks,
		})
		timer := scheduler.New(scheduler.Config{
			Clock: clk, IDs: src, Dispatcher: d, Assumable: w.iam.Assumable,
			Call: func(context.Context, call.Caller, string, string, []byte) ([]byte, error) { return nil, nil },
		})
		t.Cleanup(timer.Close)
		d.Register(slices.Concat(functions.Operations(), watch.Operations(), timer.Operations())...)
	} else {
		d.Register(w.rules.operations()...)
	}
	d.Intercept(w.faults.Intercept, call.CheckPermissions(w.iam))
	t.Cleanup(cf.Close)
	t.Cleanup(w.org.Close)

	unit, err := w.org.AddUnit("workloads", w.org.Root())
	w.check(err)
	w.unit = unit
	for _, a := range []struct{ id, parent string }{{member1, unit}, {member2, unit}, {member3, w.org.Root()}} {
		w.check(w.org.AddAccount(a.id, "account "+a.id, a.parent, "ACTIVE"))
	}
	w.check(w.org.SetServiceAccess(trusted))
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// regions are two that everyone has, and one that nobody turned on.
type regions struct{}

func (regions) All() []string                 { return []string{"ap-east-1", region2, region} }
func (regions) Enabled(_, region string) bool { return region != "ap-east-1" }

// rules is as much of Config as stacks need.
type rules struct {
	mu           sync.Mutex
	m            map[string]configtypes.ConfigRule
	remediations map[string]configtypes.RemediationConfiguration
	released     chan struct{} // PutConfigRule waits until it is closed
}

func (r *rules) block(released chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.released = released
}

func key(c call.Caller, name *string) string {
	return c.Account + "/" + c.Region + "/" + aws.ToString(name)
}

func (r *rules) operations() []*call.Op {
	return []*call.Op{
		call.Operation("config", "PutConfigRule", func(_ context.Context, c call.Caller, in *configservice.PutConfigRuleInput) (*configservice.PutConfigRuleOutput, error) {
			r.mu.Lock()
			released := r.released
			r.mu.Unlock()
			if released != nil {
				<-released
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			rule := *in.ConfigRule
			rule.ConfigRuleId = aws.String("config-rule-abcdef")
			rule.ConfigRuleArn = aws.String("arn:aws:config:" + c.Region + ":" + c.Account + ":config-rule/config-rule-abcdef")
			r.m[key(c, rule.ConfigRuleName)] = rule
			return &configservice.PutConfigRuleOutput{}, nil
		}).Accepts("ConfigRule", "Tags"),
		call.Operation("config", "DescribeConfigRules", func(_ context.Context, c call.Caller, in *configservice.DescribeConfigRulesInput) (*configservice.DescribeConfigRulesOutput, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			rule, ok := r.m[key(c, &in.ConfigRuleNames[0])]
			if !ok {
				return nil, &configtypes.NoSuchConfigRuleException{}
			}
			return &configservice.DescribeConfigRulesOutput{ConfigRules: []configtypes.ConfigRule{rule}}, nil
		}).Accepts("ConfigRuleNames"),
		call.Operation("config", "DeleteConfigRule", func(_ context.Context, c call.Caller, in *configservice.DeleteConfigRuleInput) (*configservice.DeleteConfigRuleOutput, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			k := key(c, in.ConfigRuleName)
			if _, used := r.remediations[k]; used {
				return nil, &configtypes.ResourceInUseException{Message: aws.String("the rule has a remediation")}
			}
			delete(r.m, k)
			return &configservice.DeleteConfigRuleOutput{}, nil
		}).Accepts("ConfigRuleName"),
		call.Operation("config", "DescribeRemediationConfigurations", func(_ context.Context, c call.Caller, in *configservice.DescribeRemediationConfigurationsInput) (*configservice.DescribeRemediationConfigurationsOutput, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			out := &configservice.DescribeRemediationConfigurationsOutput{}
			if x, ok := r.remediations[key(c, &in.ConfigRuleNames[0])]; ok {
				out.RemediationConfigurations = append(out.RemediationConfigurations, x)
			}
			return out, nil
		}).Accepts("ConfigRuleNames"),
		call.Operation("config", "PutRemediationConfigurations", func(_ context.Context, c call.Caller, in *configservice.PutRemediationConfigurationsInput) (*configservice.PutRemediationConfigurationsOutput, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.remediations[key(c, in.RemediationConfigurations[0].ConfigRuleName)] = in.RemediationConfigurations[0]
			return &configservice.PutRemediationConfigurationsOutput{}, nil
		}).Accepts("RemediationConfigurations"),
		call.Operation("config", "DeleteRemediationConfiguration", func(_ context.Context, c call.Caller, in *configservice.DeleteRemediationConfigurationInput) (*configservice.DeleteRemediationConfigurationOutput, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.remediations, key(c, in.ConfigRuleName))
			return &configservice.DeleteRemediationConfigurationOutput{}, nil
		}).Accepts("ConfigRuleName"),
	}
}

func (r *rules) count() (rules, remediations int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.m), len(r.remediations)
}

func do[O, I any](w *world, account string, in *I) (*O, error) {
	return call.Do[O](w.Context(), w.dispatcher, call.Administrator(account, region), in)
}

func must[O, I any](w *world, account string, in *I) *O {
	w.Helper()
	out, err := do[O](w, account, in)
	if err != nil {
		w.Fatalf("%T: %v", in, err)
	}
	return out
}

// refuses checks that a call is refused with a code and a text.
func refuses[O, I any](w *world, account string, in *I, code, text string) {
	w.Helper()
	_, err := do[O](w, account, in)
	var ae smithy.APIError
	if !errors.As(err, &ae) || ae.ErrorCode() != code || !strings.Contains(ae.ErrorMessage(), text) {
		w.Errorf("%T: error %v, want %s with %q", in, err, code, text)
	}
}

// rest waits until a stack is at rest, and is its description.
func (w *world) rest(account, name string) types.Stack {
	w.Helper()
	for range 2000 {
		st := must[api.DescribeStacksOutput](w, account, &api.DescribeStacksInput{StackName: &name}).Stacks[0]
		if !strings.HasSuffix(string(st.StackStatus), "_IN_PROGRESS") {
			return st
		}
		w.pause()
	}
	w.Fatalf("stack %s does not come to rest", name)
	return types.Stack{}
}

// pause lets a moment of the fast clock pass.
func (w *world) pause() { w.check(clock.New(1000).Sleep(w.Context(), time.Second)) }

func (w *world) wants(account, name string, status types.StackStatus) types.Stack {
	w.Helper()
	st := w.rest(account, name)
	if st.StackStatus != status {
		w.Fatalf("stack %s is %s (%s), want %s", name, st.StackStatus, w.reasons(account, name), status)
	}
	return st
}

// reasons are the failures among the stack's events.
func (w *world) reasons(account, name string) string {
	var out []string
	for _, e := range must[api.DescribeStackEventsOutput](w, account, &api.DescribeStackEventsInput{StackName: &name}).StackEvents {
		if e.ResourceStatusReason != nil {
			out = append(out, *e.LogicalResourceId+" "+string(e.ResourceStatus)+": "+*e.ResourceStatusReason)
		}
	}
	return strings.Join(out, "\n")
}

// physical is the physical id of a resource.
func (w *world) physical(account, stack, logical string) string {
	w.Helper()
	out := must[api.DescribeStackResourceOutput](w, account, &api.DescribeStackResourceInput{StackName: &stack, LogicalResourceId: &logical})
	return aws.ToString(out.StackResourceDetail.PhysicalResourceId)
}

func (w *world) roleNames(account string) []string {
	var out []string
	for _, r := range must[iamapi.ListRolesOutput](w, account, &iamapi.ListRolesInput{PathPrefix: aws.String("/")}).Roles {
		if aws.ToString(r.Path) == "/" {
			out = append(out, *r.RoleName)
		}
	}
	slices.Sort(out)
	return out
}

func params(kv ...string) []types.Parameter {
	var out []types.Parameter
	for i := 0; i < len(kv); i += 2 {
		out = append(out, types.Parameter{ParameterKey: &kv[i], ParameterValue: &kv[i+1]})
	}
	return out
}

var capabilityIAM = []types.Capability{types.CapabilityCapabilityIam}
