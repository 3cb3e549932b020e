package enforce_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/watch"
	"github.com/layerfleet/layerfleet/sandbox"
)

// using are the functions of an account in the home Region that use the common layer in another version than n.
func (w world) using(account string, n int64) []string {
	w.Helper()
	var out []string
	for arn, layers := range w.layers() {
		f := strings.Split(arn, ":")
		if f[3] == home && f[4] == account && slices.ContainsFunc(layers, func(l string) bool {
			return strings.Contains(l, ":layer:"+sandbox.LayerRuntime+":") && l != w.version(n)
		}) {
			out = append(out, arn)
		}
	}
	slices.Sort(out)
	return out
}

// tag tags a function as its owner.
func (w world) tag(arn, key, value string) {
	w.Helper()
	client := lambda.NewFromConfig(w.sb.AWSConfig(strings.Split(arn, ":")[4], home))
	if _, err := client.TagResource(w.Context(), &lambda.TagResourceInput{Resource: &arn, Tags: map[string]string{key: value}}); err != nil {
		w.Fatal(err)
	}
	w.sb.Advance(5 * time.Minute) // the recorder and the aggregator see it
}

// give gives a function of the common layer's users another list, as its owner.
func (w world) give(arn string, layers ...string) {
	w.Helper()
	client := lambda.NewFromConfig(w.sb.AWSConfig(strings.Split(arn, ":")[4], home))
	if _, err := client.UpdateFunctionConfiguration(w.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &arn, Layers: layers}); err != nil {
		w.Fatal(err)
	}
}

func outcome(s *enforce.Status, arn string) watch.Outcome {
	i := slices.IndexFunc(s.Functions, func(f watch.Outcome) bool { return f.ARN == arn })
	if i < 0 {
		return watch.Outcome{}
	}
	return s.Functions[i]
}

// TestExemptFunctions are announced as exempt, never as to be moved, and counted as exempt, never as not using the
// layer; a tag that is taken off lets the function move.
func TestExemptFunctions(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 24, Clean: true, Regions: []string{home}})
	account := w.sb.Accounts()[1]
	exempt := w.using(account, 6)[0]
	w.tag(exempt, "LayerfleetExempt", "until spring")
	before, wrong := w.layers(), w.off(6, "")

	p := w.prepare(w.to(6))
	if len(p.Functions) != wrong-1 || slices.ContainsFunc(p.Functions, func(f fleet.Function) bool { return f.ARN == exempt }) {
		t.Errorf("the plan moves %d functions of %d, one of which is exempt", len(p.Functions), wrong)
	}
	if len(p.Left) != 1 || p.Left[0].ARN != exempt || p.Left[0].Code != fleet.Exempt {
		t.Errorf("left: %+v", p.Left)
	}
	s, err := p.Apply(t.Context(), w.a, quiet)
	if err != nil || s.Total.Exempt != 1 || s.Total.Open+s.Total.Left > 0 || outcome(s, exempt).Code != fleet.Exempt {
		t.Errorf("status %+v, error %v", s.Total, err)
	}
	if !slices.Equal(before[exempt], w.layers()[exempt]) || w.off(6, "") != 1 {
		t.Errorf("%d functions are not on the new version; the exempt one has %v", w.off(6, ""), w.layers()[exempt])
	}
	if p := w.prepare(w.to(6)); !p.Nothing() {
		t.Errorf("the repeat would %s", p.Action)
	}

	client := lambda.NewFromConfig(w.sb.AWSConfig(account, home))
	if _, err := client.UntagResource(t.Context(), &lambda.UntagResourceInput{Resource: &exempt, TagKeys: []string{"LayerfleetExempt"}}); err != nil {
		t.Fatal(err)
	}
	w.sb.Advance(10 * time.Minute)
	if w.off(6, "") > 0 {
		t.Error("the function did not move when the tag was taken off")
	}
}

// exceptions counts those that stand in an account.
func (w world) exceptions(account string) int {
	w.Helper()
	out, err := configservice.NewFromConfig(w.sb.AWSConfig(account, home)).DescribeRemediationExceptions(w.Context(),
		&configservice.DescribeRemediationExceptionsInput{ConfigRuleName: aws.String("layerfleet")})
	if err != nil {
		w.Fatal(err)
	}
	return len(out.RemediationExceptions)
}

// denyUpdates lets remediations of an account fail until it is called.
func (w world) denyUpdates(account string) (allow func()) {
	return w.sb.Inject(sandbox.Fault{
		Service: "lambda", Operation: "UpdateFunctionConfiguration", Account: account,
		Status: 403, Code: "AccessDeniedException", Message: "denied by a service control policy",
	})
}

// TestExceptionsOfAnEarlierVersion do not keep functions from the next one; those of this version stay when the same is
// deployed again.
func TestExceptionsOfAnEarlierVersion(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 24, Clean: true, Regions: []string{home}})
	account := w.sb.Accounts()[1]
	allow := w.denyUpdates(account)
	s := w.deploy(w.to(5))
	w.sb.Advance(2 * time.Hour) // AWS Config gives up
	stuck := w.exceptions(account)
	if stuck == 0 || stuck != len(w.using(account, 5)) {
		t.Fatalf("%d exceptions, %d functions left: %+v", stuck, len(w.using(account, 5)), s.Total)
	}
	s = w.deploy(w.to(5))
	if s.Total.Excepted != stuck || s.Total.Open > 0 || w.exceptions(account) != stuck {
		t.Errorf("deploying the same: %d exceptions stand of %d, %+v", w.exceptions(account), stuck, s.Total)
	}
	allow()
	if s := w.deploy(w.to(6)); w.off(6, "") > 0 || s.Total.Excepted+s.Total.Open > 0 || w.exceptions(account) > 0 {
		t.Errorf("the next version: %d functions left, %d exceptions, %+v", w.off(6, ""), w.exceptions(account), s.Total)
	}
}

// TestExceptionsOfRightFunctions show in the status, and are cleared by a retry.
func TestExceptionsOfRightFunctions(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Regions: []string{home}})
	account := w.sb.Accounts()[1]
	functions := w.using(account, 6)
	allow := w.denyUpdates(account)
	w.deploy(w.to(6))
	w.sb.Advance(2 * time.Hour) // AWS Config gives up
	allow()
	w.give(functions[0], w.version(6))
	w.sb.Advance(5 * time.Minute)
	s := w.status()
	if f := outcome(s, functions[0]); !f.Exception || f.State != watch.Right {
		t.Errorf("exception %v, state %s, %s", f.Exception, f.State, f.Reason)
	}
	if _, err := enforce.Retry(t.Context(), w.a, w.a.WithRole(access.OperatorRole), s, quiet); err != nil {
		t.Fatal(err)
	}
	if n := w.exceptions(account); n > 0 {
		t.Errorf("%d exceptions stand", n)
	}
	w.sb.Advance(20 * time.Minute)
	if s := w.status(); len(s.Functions) > 0 || w.off(6, "") > 0 {
		t.Errorf("%+v", s.Total)
	}
}

// TestSucceededWithoutMoving is F4: a function that is on an old version although its last remediation succeeded is
// started again by a retry.
func TestSucceededWithoutMoving(t *testing.T) {
	w := start(t, sandbox.Options{Accounts: 2, Functions: 12, Clean: true, Regions: []string{home}})
	account := w.sb.Accounts()[1]
	w.deploy(w.to(6))
	w.sb.Advance(10 * time.Minute) // what the deployment's updates are evaluated for is over
	back := ""
	for arn, layers := range w.layers() {
		if slices.Equal(layers, []string{w.version(6)}) && (back == "" || arn < back) {
			back = arn
		}
	}
	// Its owner's pipeline takes it back, and AWS Config does not see it: nothing evaluates it.
	recorder := configservice.NewFromConfig(w.sb.AWSConfig(account, home))
	recorders, err := recorder.DescribeConfigurationRecorders(t.Context(), &configservice.DescribeConfigurationRecordersInput{})
	if err != nil {
		t.Fatal(err)
	}
	name := recorders.ConfigurationRecorders[0].Name
	if _, err := recorder.StopConfigurationRecorder(t.Context(), &configservice.StopConfigurationRecorderInput{ConfigurationRecorderName: name}); err != nil {
		t.Fatal(err)
	}
	w.give(back, w.version(5))
	w.sb.Advance(20 * time.Minute)
	s := w.status()
	if len(s.Stuck()) != 1 || outcome(s, back).State != watch.Open {
		t.Fatalf("stuck: %+v, functions %+v", s.Stuck(), s.Functions)
	}
	r, err := enforce.Retry(t.Context(), w.a, w.a.WithRole(access.OperatorRole), s, quiet)
	if err != nil || len(r.Functions) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	w.sb.Advance(10 * time.Minute)
	if w.off(6, "") > 0 {
		t.Error("the function is on the old version")
	}
}
