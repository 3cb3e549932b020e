package enforce_test

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/enforce"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/resolve"
	"github.com/layerfleet/layerfleet/internal/watch"
	"github.com/layerfleet/layerfleet/sandbox"
)

// TestLoop goes through a deployment, a second release, a retry and a removal, whatever AWS does where its documents leave
// it open: under the defaults, under all quirks turned, and every night under each quirk alone. After each step it compares
// what the tool says with what Lambda has.
func TestLoop(t *testing.T) {
	runs := map[string]map[string]string{"defaults": {}, "turned": sandbox.TurnedQuirks()}
	if os.Getenv("LAYERFLEET_NIGHTLY") == "1" {
		for _, q := range sandbox.Quirks() {
			for _, value := range q.Values[1:] {
				runs[q.Name+"="+value] = map[string]string{q.Name: value}
				others := sandbox.TurnedQuirks()
				others[q.Name] = q.Values[0]
				runs["turned but "+q.Name+"="+q.Values[0]] = others
			}
		}
	}
	for name, quirks := range runs {
		t.Run(name, func(t *testing.T) { loop(t, quirks) })
	}
}

func loop(t *testing.T, quirks map[string]string) {
	w := start(t, sandbox.Options{Accounts: 3, Functions: 30, Clean: true, Regions: []string{home}, Quirks: quirks})
	before := w.layers()
	old := strings.TrimSuffix(w.version(5), ":5")
	here := enforce.Selection{All: true, Regions: []string{home}}
	release := func(n int64) (*enforce.Status, error) {
		return w.prepare(enforce.Options{Wishes: []resolve.Wish{{Old: old, New: w.version(n)}}, Selection: here}).Apply(t.Context(), w.a, quiet)
	}

	status, err := release(5)
	if err != nil {
		t.Fatalf("the first deployment: %v", err)
	}
	w.agrees("the first deployment", status, w.version(5), before)
	if status.Total.Right == 0 || len(status.Functions) > 0 || !status.Covered() {
		t.Errorf("the first deployment: %+v %+v", status.Total, status.Functions)
	}

	// The second release meets an account in which the runbook may not write.
	healthy := w.sb.Healthy()
	account := healthy[len(healthy)-1] // not the canary
	role := w.remediationRole(account)
	client := iam.NewFromConfig(w.sb.AWSConfig(account, home))
	policies, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil || len(policies.PolicyNames) != 1 {
		t.Fatalf("policies %v, %v", policies, err)
	}
	name := policies.PolicyNames[0]
	policy, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := url.QueryUnescape(*policy.PolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	w.put(account, role, name, strings.ReplaceAll(whole, "lambda:UpdateFunctionConfiguration", "lambda:ListFunctions"))
	w.sb.Advance(time.Minute) // until IAM knows
	status, err = release(6)
	if status == nil {
		t.Fatalf("the second release: %v", err)
	}
	w.agrees("the second release", status, w.version(6), before)
	stuck := status.Stuck()
	if len(stuck) == 0 || slices.ContainsFunc(stuck, func(o watch.Outcome) bool { return o.AccountID != account }) {
		t.Errorf("the second release: stuck are %+v", stuck)
	}

	// The owner repairs the role; a retry moves the rest.
	w.put(account, role, name, whole)
	w.sb.Advance(time.Minute) // until IAM knows
	retried, err := enforce.Retry(t.Context(), w.a, w.a.WithRole(access.OperatorRole), status, quiet)
	if err != nil || len(retried.Failed) > 0 {
		t.Fatalf("retry: %+v, %v", retried.Failed[0].Reason, err)
	}
	status, err = enforce.Follow(t.Context(), w.a, "layerfleet", limit, quiet)
	if err != nil {
		t.Fatal(err)
	}
	w.agrees("the retry", status, w.version(6), before)
	if len(status.Functions) > 0 || status.Operation != "" {
		t.Errorf("the retry: %+v, operation %q", status.Functions, status.Operation)
	}

	moved := w.layers()
	if err := enforce.Remove(t.Context(), w.a, "layerfleet", quiet); err != nil {
		t.Fatalf("the removal: %v", err)
	}
	w.nothingRemains()
	for arn, layers := range w.layers() {
		if !slices.Equal(layers, moved[arn]) {
			t.Errorf("the removal changed %s from %v to %v", arn, moved[arn], layers)
		}
	}
}

// agrees compares a status with what Lambda has, function by function: those on the wanted version, those on another one,
// which the status must name, and what no move may touch.
func (w world) agrees(step string, s *enforce.Status, wanted string, before map[string][]string) {
	w.Helper()
	named := map[string]watch.State{}
	for _, o := range s.Functions {
		named[o.ARN] = o.State
	}
	managed := wanted[:strings.LastIndexByte(wanted, ':')+1]
	notCovered := map[fleet.Pair]bool{}
	for _, p := range s.Pairs {
		notCovered[p.Pair] = p.Code != ""
	}
	right, wrong := 0, 0
	for arn, has := range w.layers() {
		if f := strings.Split(arn, ":"); notCovered[fleet.Pair{AccountID: f[4], Region: f[3]}] {
			continue // the status says so, and counts none of it
		}
		if len(has) != len(before[arn]) {
			w.Errorf("%s: %s had %v and has %v", step, arn, before[arn], has)
			continue
		}
		outdated, uses := false, false
		for i, l := range has {
			switch is := strings.HasPrefix(l, managed); {
			case is != strings.HasPrefix(before[arn][i], managed), !is && l != before[arn][i]:
				w.Errorf("%s: element %d of %s was %s and is %s", step, i, arn, before[arn][i], l)
			case is:
				uses, outdated = true, outdated || l != wanted
			}
		}
		switch state, ok := named[arn]; {
		case outdated:
			wrong++
			if !ok || state == watch.Right {
				w.Errorf("%s: %s has %v, and the status says %q", step, arn, has, state)
			}
		case uses:
			right++
			if ok && state != watch.Right {
				w.Errorf("%s: %s is right, and the status says %q", step, arn, state)
			}
		}
	}
	t := s.Total
	if t.Right != right || t.Open+t.Failed+t.Excepted+t.Left+t.Findings+t.OtherVersion+t.Exempt != wrong {
		w.Errorf("%s: Lambda has %d right and %d wrong, the status says %+v", step, right, wrong, t)
	}
}
