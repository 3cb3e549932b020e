package sandboxtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

const region = "us-east-1"

func small() sandbox.Options { return sandbox.Options{Accounts: 6, Regions: []string{region}, Seed: 1} }

// TestSideBySide starts several at once, each with functions of its own.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			o := small()
			o.Seed, o.Functions = seed, int(10*(seed+1)) //nolint:gosec // at most 4
			sb := sandboxtest.Start(t, o)
			n := 0
			for _, account := range sb.Accounts() {
				if sb.Suspended(account) {
					continue
				}
				out, err := lambda.NewFromConfig(sb.AWSConfig(account, region)).ListFunctions(t.Context(), &lambda.ListFunctionsInput{})
				if err != nil {
					t.Fatal(err)
				}
				n += len(out.Functions)
			}
			// The suspended account's share cannot be listed: a fifth, five members having functions.
			if want := o.Functions * 4 / 5; n != want {
				t.Errorf("%d functions, want %d", n, want)
			}
		})
	}
}

// TestTroubles asks AWS whether the accounts have the troubles that they are found by.
func TestTroubles(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, small())
	recorders := func(account string) int {
		out, err := configservice.NewFromConfig(sb.AWSConfig(account, region)).DescribeConfigurationRecorders(t.Context(), &configservice.DescribeConfigurationRecordersInput{})
		if err != nil {
			t.Errorf("account %s: %v", account, err)
			return 0
		}
		return len(out.ConfigurationRecorders)
	}
	if n := recorders(sb.With(sandbox.NoRecorder)); n != 0 {
		t.Errorf("the account without a recorder has %d", n)
	}
	if n := recorders(sb.Member()); n != 1 {
		t.Errorf("a member has %d recorders", n)
	}
	if _, err := lambda.NewFromConfig(sb.AWSConfig(sb.With(sandbox.Suspended), region)).ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err == nil {
		t.Error("the suspended account acts")
	}
	o := small()
	o.Clean = true
	clean := sandboxtest.Start(t, o)
	if bad := append(clean.Troubled(sandbox.NoRecorder), clean.Troubled(sandbox.Suspended)...); len(bad) > 0 || len(clean.Healthy()) != 5 {
		t.Errorf("troubles of a clean organization: %v; healthy: %v", bad, clean.Healthy())
	}
}

// TestAs acts as a role that the test asked for.
func TestAs(t *testing.T) {
	t.Parallel()
	o := small()
	o.Roles = []sandbox.Role{{Name: "Lister", Policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:ListFunctions","Resource":"*"}]}`}}
	sb := sandboxtest.Start(t, o)
	for _, account := range []string{sb.Management(), sb.Member()} {
		cfg := sb.As(account, "Lister", region)
		who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil || *who.Account != account || !strings.Contains(*who.Arn, ":assumed-role/Lister/") {
			t.Errorf("who: %v, %v", who, err)
		}
		client := lambda.NewFromConfig(cfg)
		if _, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err != nil {
			t.Error(err)
		}
		if _, err := client.ListLayers(t.Context(), &lambda.ListLayersInput{}); err == nil {
			t.Error("it lists layers, which its policy does not allow")
		}
	}
	if _, err := sb.RoleConfig(t.Context(), sb.Member(), "lambda-execution", region); err == nil {
		t.Error("the management account assumes a role that trusts Lambda only")
	}
}

// TestCalls reads who did what.
func TestCalls(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, small())
	if made := sb.Calls(); len(made) != 0 {
		t.Errorf("calls before the first: %v", made)
	}
	remove := sb.Inject(sandbox.Fault{Service: "lambda", Operation: "ListLayers", Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "no"})
	member := lambda.NewFromConfig(sb.AWSConfig(sb.Member(), region))
	_, err := member.ListLayers(t.Context(), &lambda.ListLayersInput{})
	if err == nil {
		t.Error("the fault did not show")
	}
	remove()
	if _, err := member.ListLayers(t.Context(), &lambda.ListLayersInput{MaxItems: aws.Int32(7)}); err != nil {
		t.Error(err)
	}
	calls := sb.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls: %v", len(calls), calls)
	}
	for i, code := range []string{"AccessDeniedException", ""} {
		c := calls[i]
		if c.Service != "lambda" || c.Operation != "ListLayers" || c.Account != sb.Member() || c.Region != region || c.Via != "" || c.Code() != code ||
			c.Principal != "arn:aws:iam::"+sb.Member()+":user/administrator" || c.At.IsZero() {
			t.Errorf("call %d: %s", i, c)
		}
	}
	if in, ok := calls[1].Input.(*lambda.ListLayersInput); !ok || *in.MaxItems != 7 {
		t.Errorf("input %v", calls[1].Input)
	}
	sb.Forget()
	if left := sb.Calls(); len(left) != 0 {
		t.Errorf("calls after Forget: %v", left)
	}
}

// TestEmpty finds nothing but accounts.
func TestEmpty(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Empty: true, Accounts: 2, Regions: []string{region}})
	org := organizations.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	roots, err := org.ListRoots(t.Context(), &organizations.ListRootsInput{})
	if err != nil {
		t.Fatal(err)
	}
	units, err := org.ListOrganizationalUnitsForParent(t.Context(), &organizations.ListOrganizationalUnitsForParentInput{ParentId: roots.Roots[0].Id})
	if err != nil || len(units.OrganizationalUnits) != 0 {
		t.Errorf("units %v, %v", units, err)
	}
	accounts, err := org.ListAccountsForParent(t.Context(), &organizations.ListAccountsForParentInput{ParentId: roots.Roots[0].Id})
	if err != nil || len(accounts.Accounts) != 2 {
		t.Errorf("accounts %v, %v", accounts, err)
	}
	trusted, err := org.ListAWSServiceAccessForOrganization(t.Context(), &organizations.ListAWSServiceAccessForOrganizationInput{})
	if err != nil || len(trusted.EnabledServicePrincipals) != 0 {
		t.Errorf("trusted services %v, %v", trusted, err)
	}
	for i, account := range sb.Accounts() {
		roles, err := iam.NewFromConfig(sb.AWSConfig(account, region)).ListRoles(t.Context(), &iam.ListRolesInput{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range roles.Roles {
			names = append(names, *r.RoleName)
		}
		if want := [][]string{nil, {sandbox.RoleAccess}}[i]; !slices.Equal(names, want) {
			t.Errorf("account %s has roles %v, want %v", account, names, want)
		}
		layers, err := lambda.NewFromConfig(sb.AWSConfig(account, region)).ListLayers(t.Context(), &lambda.ListLayersInput{})
		if err != nil || len(layers.Layers) != 0 {
			t.Errorf("layers %v, %v", layers, err)
		}
		config := configservice.NewFromConfig(sb.AWSConfig(account, region))
		recorders, err := config.DescribeConfigurationRecorders(t.Context(), &configservice.DescribeConfigurationRecordersInput{})
		if err != nil || len(recorders.ConfigurationRecorders) != 0 {
			t.Errorf("recorders %v, %v", recorders, err)
		}
		aggregators, err := config.DescribeConfigurationAggregators(t.Context(), &configservice.DescribeConfigurationAggregatorsInput{})
		if err != nil || len(aggregators.ConfigurationAggregators) != 0 {
			t.Errorf("aggregators %v, %v", aggregators, err)
		}
	}
	if got := sb.Healthy(); len(got) != 1 {
		t.Errorf("members %v", got)
	}
}

// TestRefused gives options that cannot be meant.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o    sandbox.Options
		want string
	}{
		"functions in nothing": {sandbox.Options{Empty: true, Functions: 1}, "Empty goes with neither"},
		"clean nothing":        {sandbox.Options{Empty: true, Clean: true}, "Empty goes with neither"},
		"backwards":            {sandbox.Options{Speed: -1}, "speed -1"},
		"too fast":             {sandbox.Options{Speed: 2 * sandbox.MaxSpeed}, "at most 10000"},
		"nameless role":        {sandbox.Options{Roles: []sandbox.Role{{}}}, "needs a name"},
		"policy":               {sandbox.Options{Roles: []sandbox.Role{{Name: "a", Policy: "{"}}}, "role a: identity policy"},
		"trust":                {sandbox.Options{Roles: []sandbox.Role{{Name: "a", Trust: `{"Statement":[]}`}}}, "role a: trust policy"},
		"accounts":             {sandbox.Options{Accounts: -1}, "not -1"},
		"open to all":          {sandbox.Options{Listen: "0.0.0.0:0"}, "loopback"},
	} {
		sb, err := sandbox.Start(t.Context(), tt.o)
		if err == nil {
			_ = sb.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestCleanUp closes the sandbox with the test.
func TestCleanUp(t *testing.T) {
	t.Parallel()
	url := ""
	t.Run("inner", func(t *testing.T) { url = sandboxtest.Start(t, small()).URL() })
	client := http.Client{Timeout: time.Second}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(r); err == nil {
		resp.Body.Close()
		t.Error("it still answers")
	}
}
