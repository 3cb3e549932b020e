package enforce_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestTwoLayersOneSet moves two layers, one of which has other numbers in each Region, and nothing else.
func TestTwoLayersOneSet(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 90})
	before := w.layers()
	o := enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime), w.move(sandbox.LayerObserve)}}
	status := w.deploy(o)
	after := w.layers()

	wanted := map[string]bool{}
	for _, region := range []string{home, other} {
		wanted[w.sb.NewestLayer(sandbox.LayerRuntime, region)] = true
		wanted[w.sb.NewestLayer(sandbox.LayerObserve, region)] = true
	}
	if len(wanted) != 4 || strings.HasSuffix(w.sb.NewestLayer(sandbox.LayerObserve, home), lastPart(w.sb.NewestLayer(sandbox.LayerObserve, other))) {
		t.Fatalf("the fleet does not have other numbers in each Region: %v", wanted)
	}
	left := map[string]bool{}
	for _, f := range status.Functions {
		left[f.AccountID+f.Region+f.Name] = true
	}
	moved := 0
	for arn, was := range before {
		is := after[arn]
		if len(was) != len(is) {
			t.Errorf("%s had %v and has %v", arn, was, is)
			continue
		}
		f := strings.Split(arn, ":")
		for i := range was {
			managed := strings.Contains(was[i], ":layer:"+sandbox.LayerRuntime+":") || strings.Contains(was[i], ":layer:"+sandbox.LayerObserve+":")
			switch {
			case !managed && was[i] != is[i]:
				t.Errorf("%s: element %d was %s and is %s", arn, i, was[i], is[i])
			case managed && !wanted[is[i]] && !left[f[4]+f[3]+f[6]]:
				t.Errorf("%s: element %d is still %s", arn, i, is[i])
			case was[i] != is[i]:
				moved++
			}
		}
	}
	if moved == 0 {
		t.Error("nothing moved")
	}

	sent := w.operations("layerfleet")
	again := w.prepare(o)
	if !again.Nothing() {
		t.Errorf("deploying the same again is a change: %s", again.Action)
	}
	if _, err := again.Apply(t.Context(), w.a, quiet); err != nil || w.operations("layerfleet") != sent {
		t.Errorf("deploying the same again sent something (%d operations, then %d), error %v", sent, w.operations("layerfleet"), err)
	}
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, ':'):] }

func TestSetsBesideEachOther(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 40, Clean: true, Regions: []string{home}})
	here := enforce.Selection{All: true, Regions: []string{home}}
	w.deploy(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: here})
	w.deploy(enforce.Options{Name: "observe", Wishes: []resolve.Wish{w.move(sandbox.LayerObserve)}, Selection: here})

	tests := []struct {
		name string
		wish resolve.Wish
	}{
		{name: "the other way", wish: resolve.Wish{Old: w.version(6), New: w.version(3)}},
		{name: "another wanted version", wish: resolve.Wish{Old: w.version(2), New: w.version(4)}},
	}
	for _, tt := range tests {
		_, err := enforce.Prepare(t.Context(), w.a, enforce.Options{Name: "third", Wishes: []resolve.Wish{tt.wish}, Selection: here}, quiet)
		if err == nil || !strings.Contains(err.Error(), "stack set layerfleet moves layer common-runtime") {
			t.Errorf("%s: error %v, want one that names the standing set", tt.name, err)
		}
	}
}

// TestSetMadeByHand reads and removes a set that was made from deploy/lambdalayer.yaml, and minds it.
func TestSetMadeByHand(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 40, Clean: true, Regions: []string{home}})
	body, err := os.ReadFile("../../deploy/lambdalayer.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cf := w.a.CloudFormation(w.a.Home())
	parameter := func(key, value string) types.Parameter {
		return types.Parameter{ParameterKey: &key, ParameterValue: &value}
	}
	if _, err := cf.CreateStackSet(t.Context(), &cloudformation.CreateStackSetInput{
		StackSetName: aws.String("by-hand"), TemplateBody: aws.String(string(body)), Capabilities: []types.Capability{types.CapabilityCapabilityIam},
		Parameters: []types.Parameter{parameter("OldLayerArn", w.version(2)), parameter("NewLayerArn", w.version(6))},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := cf.CreateStackInstances(t.Context(), &cloudformation.CreateStackInstancesInput{
		StackSetName: aws.String("by-hand"), Accounts: w.sb.Accounts()[1:], Regions: []string{home},
	}); err != nil {
		t.Fatal(err)
	}
	status, err := enforce.Follow(t.Context(), w.a, "by-hand", limit, quiet)
	if err != nil || !status.Automatic || len(status.Pairs) != 2 || !status.Covered() || status.Total.Right == 0 || status.Total.Using() != status.Total.Right+status.Total.OtherVersion {
		t.Fatalf("status %+v, error %v", status, err)
	}
	back := resolve.Wish{Old: w.version(6), New: w.version(2)}
	here := enforce.Selection{All: true, Regions: []string{home}}
	if _, err := enforce.Prepare(t.Context(), w.a, enforce.Options{Name: "back", Wishes: []resolve.Wish{back}, Selection: here}, quiet); err == nil || !strings.Contains(err.Error(), "by-hand") {
		t.Errorf("a set that undoes it: error %v", err)
	}
	if err := enforce.Remove(t.Context(), w.a, "by-hand", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// TestRoleHoldsWhatItNeeds looks at what the remediation roles used: no action that was never needed.
func TestRoleHoldsWhatItNeeds(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 30, Clean: true, Regions: []string{home}})
	w.deploy(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
	account := w.sb.Accounts()[1]
	role := w.remediationRole(account)
	grants, ok := w.sb.Grants(account, role)
	if !ok || len(grants) == 0 {
		t.Fatalf("role %s has no grants", role)
	}
	if unused := unusedActions(grants); unused != nil {
		t.Errorf("role %s holds actions that nothing needed: %v", role, unused)
	}

	// One action more than needed must be found by this very test.
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:DeleteFunction","Resource":"*"}]}`
	w.put(account, role, "too-much", policy)
	grants, _ = w.sb.Grants(account, role)
	if unused := unusedActions(grants); !slices.Equal(unused, []string{"lambda:DeleteFunction"}) {
		t.Errorf("with an action too many the unused ones are %v", unused)
	}
}

func unusedActions(grants []sandbox.GrantUse) []string {
	var out []string
	for _, g := range grants {
		for _, a := range g.Actions {
			if a.Uses == 0 {
				out = append(out, a.Pattern)
			}
		}
	}
	return out
}

// TestStrippedRole takes one action from the role: remediation fails with AccessDenied, shows in the status, and
// becomes an exception; with the action back, retry clears it and the functions move.
func TestStrippedRole(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Regions: []string{home}})
	o := enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}, DetectOnly: true}
	found := w.deploy(o)
	if found.Total.Findings == 0 || found.Automatic || found.Total.Using() != found.Total.Findings+found.Total.Right {
		t.Fatalf("detection only: automatic %v, %+v", found.Automatic, found.Total)
	}
	before := w.layers()
	account := w.sb.Accounts()[1]
	role := w.remediationRole(account)
	client := iam.NewFromConfig(w.sb.AWSConfig(account, home))
	policies, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil || len(policies.PolicyNames) != 1 {
		t.Fatalf("policies %v, %v", policies, err)
	}
	name := policies.PolicyNames[0]
	const stripped = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:GetFunction","lambda:ListTags","lambda:GetLayerVersion","config:DescribeRemediationConfigurations"],"Resource":"*"}]}`
	const whole = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:GetFunction","lambda:ListTags","lambda:GetLayerVersion","config:DescribeRemediationConfigurations","lambda:UpdateFunctionConfiguration"],"Resource":"*"}]}`
	w.put(account, role, name, stripped)

	o.DetectOnly = false
	status := w.deploy(o)
	stuck := status.Stuck()
	if len(stuck) == 0 || len(stuck) != found.Total.Findings {
		t.Fatalf("%d stuck of %d: %+v", len(stuck), found.Total.Findings, status.Total)
	}
	for _, f := range stuck {
		if f.Code != fleet.AccessDenied || !strings.Contains(f.Detail, "lambda:UpdateFunctionConfiguration") {
			t.Errorf("%s: %s, exception %v, %q", f.Name, f.Code, f.Exception, f.Detail)
		}
	}
	for arn, was := range before {
		if !slices.Equal(was, w.layers()[arn]) {
			t.Fatalf("%s changed", arn)
		}
	}

	w.put(account, role, name, whole)
	operator := w.a.WithRole(access.OperatorRole)
	retried, err := enforce.Retry(t.Context(), w.a, operator, status, quiet)
	if err != nil || len(retried.Functions) != len(stuck) || len(retried.Failed) > 0 {
		t.Fatalf("retry: %d started, failed: %v, %v", len(retried.Functions), retried.Failed[0].Reason, err)
	}
	status, err = enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || status.Total.Right == 0 || len(status.Functions) > 0 {
		t.Errorf("after retry: %+v, %v", status.Pairs, err)
	}
}

// TestUncoveredPairsShow deploys to a fleet with an account without a recorder and a suspended one.
func TestUncoveredPairsShow(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 6, Functions: 30, Regions: []string{home}})
	status := w.deploy(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
	if status.Covered() {
		t.Error("the status says that everything is covered")
	}
	reasons := map[string]string{}
	for _, p := range status.Pairs {
		reasons[p.AccountID] = string(p.Code) + " " + p.Detail
	}
	accounts := w.sb.Accounts()
	if r := reasons[accounts[len(accounts)-2]]; !strings.Contains(r, "recorder") {
		t.Errorf("the account without a recorder: %q", r)
	}
	if r := reasons[accounts[len(accounts)-1]]; !strings.Contains(r, "suspended") {
		t.Errorf("the suspended account: %q", r)
	}
	if r := reasons[accounts[1]]; r != " " {
		t.Errorf("a good account: %q", r)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// TestRemoveInTheMiddle removes enforcement while remediations run, and nothing of it remains.
func TestRemoveInTheMiddle(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 60, Clean: true, Regions: []string{home}})
	p := w.prepare(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}, Canary: "none"})
	if _, err := p.Apply(t.Context(), w.a, quiet); err != nil {
		t.Fatal(err)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// TestInterruptedDeploy cancels a deployment: the status explains the state, and remove cleans it.
func TestInterruptedDeploy(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 30, Clean: true, Regions: []string{home, other}})
	p := w.prepare(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Wait: limit})
	ctx, cancel := context.WithCancel(t.Context())
	// The canary is always followed, whereas a stack set operation may be over before it is looked at.
	interrupt := func(e event.Event) {
		if e.Step == enforce.Moving {
			cancel()
		}
	}
	if _, err := p.Apply(ctx, w.a, interrupt); err == nil {
		t.Fatal("the deployment was not interrupted")
	}
	status, err := enforce.ReadStatus(t.Context(), w.a, "layerfleet", quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Pairs) != 6 || status.Covered() {
		t.Errorf("the status does not say what is missing: %+v", status)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// busy keeps functions of an account from being updated until it is called.
func (w world) busy(account string) (free func()) {
	return w.sb.Inject(sandbox.Fault{
		Service: "lambda", Operation: "UpdateFunctionConfiguration", Account: account,
		Status: 409, Code: "ResourceConflictException", Message: "An update is in progress",
	})
}

// TestCanaryIsJudged stops behind a canary that nobody waited for, and goes on when it has proved itself.
func TestCanaryIsJudged(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 30, Clean: true, Regions: []string{home, other}})
	again := func(wait time.Duration) *enforce.Plan {
		return w.prepare(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Wait: wait})
	}
	free := w.busy(w.sb.Accounts()[1])
	s, err := again(1).Apply(t.Context(), w.a, quiet)
	if !errors.Is(err, enforce.ErrNotFinished) || len(s.Pairs) != 6 || s.Covered() || s.Total.Open == 0 {
		t.Fatalf("the deployment went on behind a canary that was not judged: %v", err)
	}
	free()
	if s, err := again(limit).Apply(t.Context(), w.a, quiet); err != nil || len(s.Pairs) != 6 || !s.Covered() || s.Total.Open > 0 {
		t.Errorf("status %+v, error %v", s, err)
	}
}

// TestCanaryWithOneThatCannotBeMoved is judged by a second run as by the first: most were moved, so it holds.
func TestCanaryWithOneThatCannotBeMoved(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 60, Seed: 1})
	run := func(wait time.Duration) (*enforce.Status, error) {
		return w.prepare(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerObserve)}, Wait: wait}).Apply(t.Context(), w.a, quiet)
	}
	free := w.busy(w.sb.Accounts()[1])
	if _, err := run(1); !errors.Is(err, enforce.ErrNotFinished) {
		t.Fatal(err)
	}
	free()
	s, err := enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || len(s.Stuck()) != 1 {
		t.Fatalf("not one function of the canary is stuck, so this shows nothing: %+v %v", s, err)
	}
	if _, err := run(limit); err != nil {
		t.Errorf("the second run refuses the canary: %v", err)
	}
}

// TestTargetsOfRegions deploys one account here and another there, which leaves nothing to be reached.
func TestTargetsOfRegions(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 12, Clean: true, Regions: []string{home, other}})
	for account, region := range map[string]string{"100000000001": home, "100000000002": other} {
		w.deploy(enforce.Options{
			Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{Accounts: []string{account}, Regions: []string{region}},
		})
	}
	s, err := enforce.ReadStatus(t.Context(), w.a, "layerfleet", quiet)
	if err != nil || len(s.Pairs) != 2 || s.Unreached() != 0 {
		t.Errorf("%d pairs, %d not reached, %v", len(s.Pairs), s.Unreached(), err)
	}
}

// TestNoPython runs where there is no interpreter: every remediation fails saying so.
func TestNoPython(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 24, Clean: true, Regions: []string{home}, Python: "/nonexistent/python3"})
	p := w.prepare(enforce.Options{Wishes: []resolve.Wish{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
	if _, err := p.Apply(t.Context(), w.a, quiet); !errors.Is(err, enforce.ErrCanary) {
		t.Fatalf("the deployment went on behind a canary that failed: %v", err)
	}
	status, err := enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || len(status.Stuck()) == 0 || len(status.Pairs) != 3 || status.Covered() {
		t.Fatalf("status %+v, error %v", status, err)
	}
	for _, p := range status.Pairs[1:] { // behind the canary
		if p.Status != "NONE" || p.Code != fleet.NotDeployed {
			t.Errorf("%s is %s: %q", p.Pair, p.Status, p.Reason)
		}
	}
	for _, f := range status.Stuck() {
		if !strings.Contains(f.Detail, "python3") {
			t.Errorf("%s: %q does not name python3", f.Name, f.Detail)
		}
	}
}

func TestSelectionIsChecked(t *testing.T) {
	tests := []struct {
		name string
		s    enforce.Selection
		want string
	}{
		{name: "nothing", s: enforce.Selection{Regions: []string{home}}, want: "no accounts are chosen"},
		{name: "two ways", s: enforce.Selection{All: true, Accounts: []string{"1"}, Regions: []string{home}}, want: "exclude each other"},
		{name: "no Regions", s: enforce.Selection{All: true}, want: "no Regions are chosen"},
		{name: "self-managed without accounts", s: enforce.Selection{All: true, Regions: []string{home}, SelfManaged: true}, want: "named accounts"},
	}
	for _, tt := range tests {
		if err := tt.s.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
