package enforce_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/sandbox"
)

// world is a small organization with a way into it.
type world struct {
	*testing.T
	sb *sandbox.Sandbox
	a  *access.Access
}

const (
	home  = "us-east-1"
	other = "eu-west-1"
	speed = 300
	limit = time.Hour
)

// start makes an organization; runbooks need python3.
func start(t *testing.T, o sandbox.Options) world {
	t.Helper()
	if o.Python == "" {
		needPython(t)
	}
	t.Setenv("AWS_CA_BUNDLE", "")
	if o.Regions == nil {
		o.Regions = []string{home, other}
	}
	o.Speed, o.Seed = speed, 7
	sb, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	env := map[string]string{}
	for _, v := range sb.Env() {
		env[v.Name] = v.Value
	}
	a, err := access.Open(t.Context(), access.Settings{
		Region: home, Endpoint: sb.URL(), Speed: speed,
		Credentials: credentials.NewStaticCredentialsProvider(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	return world{T: t, sb: sb, a: a}
}

func needPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("LAYERFLEET_REQUIRE_PEERS") == "1" {
			t.Fatalf("%v, and LAYERFLEET_REQUIRE_PEERS=1", err)
		}
		t.Skip("runbooks need python3")
	}
}

func quiet(string, int, int) {}

// move is a request from every other version of a drawn layer to its newest.
func (w world) move(layer string) enforce.Request {
	newest := w.sb.NewestLayer(layer, home)
	return enforce.Request{Old: newest[:strings.LastIndexByte(newest, ':')], New: newest}
}

// version is the ARN of another version of a drawn layer in the home Region.
func (w world) version(layer string, n int64) string { return w.sb.LayerVersionARN(layer, home, n) }

func (w world) prepare(o enforce.Options) *enforce.Plan {
	w.Helper()
	if o.Name == "" {
		o.Name = "layerfleet"
	}
	o.Settle = limit
	if o.Selection.Regions == nil {
		o.Selection.Regions = []string{home, other}
	}
	if len(o.Selection.Accounts)+len(o.Selection.Units) == 0 {
		o.Selection.All = true
	}
	p, err := enforce.Prepare(w.Context(), w.a, o, quiet)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// deploy carries a deployment out and follows it.
func (w world) deploy(o enforce.Options) *enforce.Status {
	w.Helper()
	p := w.prepare(o)
	if err := p.Apply(w.Context(), w.a, quiet); err != nil {
		w.Fatal(err)
	}
	s, err := enforce.Follow(w.Context(), w.a, p.StackSet, limit, quiet)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// layers are the layer lists of all functions, as Lambda says.
func (w world) layers() map[string][]string {
	w.Helper()
	list, _, err := inventory.List(w.Context(), w.a, inventory.Request{Scope: inventory.Scope{Regions: []string{home, other}}, Progress: quiet})
	if err != nil {
		w.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range list {
		out[f.ARN] = f.Layers
	}
	return out
}

// operations counts the stack set operations of a set: what was ever sent.
func (w world) operations(set string) int {
	w.Helper()
	out, err := w.a.CloudFormation(w.a.Home()).ListStackSetOperations(w.Context(), &cloudformation.ListStackSetOperationsInput{StackSetName: &set})
	if err != nil {
		w.Fatal(err)
	}
	return len(out.Summaries)
}

// TestTwoLayersOneSet moves two layers, one of which has other numbers in each Region, and nothing else.
func TestTwoLayersOneSet(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 4, Functions: 90})
	before := w.layers()
	o := enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime), w.move(sandbox.LayerObserve)}}
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
	for _, f := range status.Failures {
		left[f.AccountID+f.Region+f.Function] = true
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
		t.Errorf("deploying the same again is a change: %s", again.Change)
	}
	if err := again.Apply(t.Context(), w.a, quiet); err != nil || w.operations("layerfleet") != sent {
		t.Errorf("deploying the same again sent something (%d operations, then %d), error %v", sent, w.operations("layerfleet"), err)
	}
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, ':'):] }

func TestSetsBesideEachOther(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 40, Clean: true, Regions: []string{home}})
	here := enforce.Selection{All: true, Regions: []string{home}}
	w.deploy(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: here})
	w.deploy(enforce.Options{Name: "observe", Requests: []enforce.Request{w.move(sandbox.LayerObserve)}, Selection: here})

	tests := []struct {
		name    string
		request enforce.Request
	}{
		{name: "the other way", request: enforce.Request{Old: w.version(sandbox.LayerRuntime, 6), New: w.version(sandbox.LayerRuntime, 3)}},
		{name: "another wanted version", request: enforce.Request{Old: w.version(sandbox.LayerRuntime, 2), New: w.version(sandbox.LayerRuntime, 4)}},
	}
	for _, tt := range tests {
		_, err := enforce.Prepare(t.Context(), w.a, enforce.Options{Name: "third", Requests: []enforce.Request{tt.request}, Selection: here}, quiet)
		if err == nil || !strings.Contains(err.Error(), "stack set layerfleet moves layer common-runtime") {
			t.Errorf("%s: error %v, want one that names the standing set", tt.name, err)
		}
	}
}

// TestRoleHoldsWhatItNeeds looks at what the remediation roles used: no action that was never needed.
func TestRoleHoldsWhatItNeeds(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 30, Clean: true, Regions: []string{home}})
	w.deploy(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
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

func (w world) remediationRole(account string) string {
	w.Helper()
	for _, name := range w.sb.RoleNames(account) {
		if strings.Contains(name, "RemediationRole") {
			return name
		}
	}
	w.Fatalf("account %s has no remediation role: %v", account, w.sb.RoleNames(account))
	return ""
}

// put changes a role in a member account, as its administrator.
func (w world) put(account, role, name, policy string) {
	w.Helper()
	client := iam.NewFromConfig(w.sb.AWSConfig(account, home))
	if _, err := client.PutRolePolicy(w.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: &policy}); err != nil {
		w.Fatal(err)
	}
}

// TestStrippedRole takes one action from the role: remediation fails with AccessDenied, shows in the status, and
// becomes an exception; with the action back, retry clears it and the functions move.
func TestStrippedRole(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Regions: []string{home}})
	o := enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}, DetectOnly: true}
	found := w.deploy(o)
	if !found.Findings() || found.Automatic || len(found.Failures) > 0 {
		t.Fatalf("detection only: findings %v, automatic %v, failures %v", found.Findings(), found.Automatic, found.Failures)
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
	const stripped = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:GetFunction","lambda:ListTags","lambda:GetLayerVersion"],"Resource":"*"}]}`
	const whole = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:GetFunction","lambda:ListTags","lambda:GetLayerVersion","lambda:UpdateFunctionConfiguration"],"Resource":"*"}]}`
	w.put(account, role, name, stripped)

	o.DetectOnly = false
	status := w.deploy(o)
	if len(status.Failures) == 0 || len(status.Failures) != status.Pairs[0].NonCompliant {
		t.Fatalf("%d failures of %+v", len(status.Failures), status.Pairs)
	}
	for _, f := range status.Failures {
		if !strings.Contains(f.Message, "AccessDenied") || !strings.Contains(f.Message, "lambda:UpdateFunctionConfiguration") || !f.Exception {
			t.Errorf("%s: exception %v, message %q", f.Function, f.Exception, f.Message)
		}
	}
	if p := status.Pairs[0]; p.Exceptions != p.NonCompliant || p.RemediationFailed != p.NonCompliant {
		t.Errorf("counts %+v", p.Counts)
	}
	for arn, was := range before {
		if !slices.Equal(was, w.layers()[arn]) {
			t.Fatalf("%s changed", arn)
		}
	}

	w.put(account, role, name, whole)
	operator := w.a.WithRole(access.OperatorRole)
	retried, err := enforce.Retry(t.Context(), w.a, operator, status, quiet)
	if err != nil || len(retried.Functions) != len(status.Failures) || len(retried.Failed) > 0 {
		t.Fatalf("retry: %+v, %v", retried, err)
	}
	status, err = enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || status.Findings() || status.Pairs[0].Exceptions > 0 {
		t.Errorf("after retry: %+v, %v", status.Pairs, err)
	}
}

// TestUncoveredPairsShow deploys to a fleet with an account without a recorder and a suspended one.
func TestUncoveredPairsShow(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 6, Functions: 30, Regions: []string{home}})
	status := w.deploy(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
	if status.Covered() {
		t.Error("the status says that everything is covered")
	}
	reasons := map[string]string{}
	for _, p := range status.Pairs {
		reasons[p.AccountID] = p.Reason
	}
	accounts := w.sb.Accounts()
	if r := reasons[accounts[len(accounts)-2]]; !strings.Contains(r, "recorder") {
		t.Errorf("the account without a recorder: %q", r)
	}
	if r := reasons[accounts[len(accounts)-1]]; !strings.Contains(r, "suspended") {
		t.Errorf("the suspended account: %q", r)
	}
	if r := reasons[accounts[1]]; r != "" {
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
	p := w.prepare(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}, Canary: "none"})
	if err := p.Apply(t.Context(), w.a, quiet); err != nil {
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
	p := w.prepare(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Canary: "none"})
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := func(string, int, int) { cancel() }
	if err := p.Apply(ctx, w.a, interrupt); err == nil {
		t.Fatal("the deployment was not interrupted")
	}
	status, err := enforce.ReadStatus(t.Context(), w.a, "layerfleet", quiet)
	if err != nil {
		t.Fatal(err)
	}
	if status.Operation == "" && len(status.Pairs) == 0 {
		t.Errorf("the status explains nothing: %+v", status)
	}
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatal(err)
	}
	w.nothingRemains()
}

// nothingRemains looks for roles, the rule and stack sets.
func (w world) nothingRemains() {
	w.Helper()
	for _, account := range w.sb.Accounts() {
		for _, name := range w.sb.RoleNames(account) {
			if strings.Contains(name, "RemediationRole") {
				w.Errorf("account %s still has role %s", account, name)
			}
		}
		if w.sb.Suspended(account) {
			continue // its keys are not valid
		}
		stacks, err := cloudformation.NewFromConfig(w.sb.AWSConfig(account, home)).DescribeStacks(w.Context(), &cloudformation.DescribeStacksInput{})
		if err != nil || len(stacks.Stacks) > 0 {
			w.Errorf("account %s still has %d stacks, error %v", account, len(stacks.Stacks), err)
		}
	}
	if _, err := enforce.ReadStatus(w.Context(), w.a, "layerfleet", quiet); err == nil {
		w.Error("the stack set is still there")
	}
}

// TestNoPython runs where there is no interpreter: every remediation fails saying so.
func TestNoPython(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Regions: []string{home}, Python: "/nonexistent/python3"})
	p := w.prepare(enforce.Options{Requests: []enforce.Request{w.move(sandbox.LayerRuntime)}, Selection: enforce.Selection{All: true, Regions: []string{home}}})
	if err := p.Apply(t.Context(), w.a, quiet); err != nil {
		t.Fatal(err)
	}
	status, err := enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil || len(status.Failures) == 0 {
		t.Fatalf("failures %v, error %v", status, err)
	}
	for _, f := range status.Failures {
		if !strings.Contains(f.Message, "python3") {
			t.Errorf("%s: %q does not name python3", f.Function, f.Message)
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
