package enforce_test

import (
	"cmp"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/event"
	"github.com/layerfleet/layerfleet/internal/inventory"
	"github.com/layerfleet/layerfleet/internal/rehearsal/rehearsaltest"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// world is a small organization with a way into it.
type world struct {
	*testing.T
	sb *sandboxtest.Sandbox
	a  *access.Access
}

const (
	home  = rehearsaltest.Home
	other = "eu-west-1"
	limit = 5 * time.Hour
)

// start makes an organization; runbooks need python3.
func start(t *testing.T, o sandbox.Options) world {
	t.Helper()
	t.Parallel() // each test has an organization of its own
	if o.Python == "" {
		needPython(t)
	}
	if o.Regions == nil {
		o.Regions = []string{home, other}
	}
	o.Seed = cmp.Or(o.Seed, 7)
	sb, a := rehearsaltest.Start(t, o)
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

var quiet = event.None

// move is a request from every other version of a drawn layer to its newest.
func (w world) move(layer string) resolve.Wish {
	newest := w.sb.NewestLayer(layer, home)
	return resolve.Wish{Old: newest[:strings.LastIndexByte(newest, ':')], New: newest}
}

// version is the ARN of a version of the common layer in the home Region.
func (w world) version(n int64) string { return w.sb.LayerVersionARN(sandbox.LayerRuntime, home, n) }

func (w world) prepare(o enforce.Options) *enforce.Plan {
	w.Helper()
	if o.Name == "" {
		o.Name = "layerfleet"
	}
	o.Wait = cmp.Or(o.Wait, limit)
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
	s, err := w.prepare(o).Apply(w.Context(), w.a, quiet)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// layers are the layer lists of all functions, as Lambda says.
func (w world) layers() map[string][]string {
	w.Helper()
	list, _, err := inventory.List(w.Context(), w.a, inventory.Request{Scope: inventory.Scope{Regions: []string{home, other}}})
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
