package sandbox_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/layerfleet/layerfleet/sandbox"
	"github.com/layerfleet/layerfleet/sandbox/sandboxtest"
)

// TestCloseLeavesNothingRunning starts, uses and closes a sandbox, and looks for goroutines that are still in its code.
func TestCloseLeavesNothingRunning(t *testing.T) {
	sb, err := sandbox.Start(t.Context(), sandbox.Options{Accounts: 3, Regions: []string{region}, Functions: 20, Speed: 1000})
	if err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(sb.AWSConfig(member, region), func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	makeFunction(t, sb, client, "one")
	sleepOn(t, ssm.NewFromConfig(sb.AWSConfig(member, region)))
	if len(running(t)) == 0 {
		t.Fatal("the test sees no goroutine of a sandbox that is open")
	}
	if err := sb.Close(); err != nil {
		t.Fatal(err)
	}
	if err := sb.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err == nil {
		t.Error("it answers although it is closed")
	}
	for end := time.Now().Add(10 * time.Second); ; {
		left := running(t)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines still run:\n%s", len(left), strings.Join(left, "\n\n"))
		}
	}
}

// sleepOn starts an automation that would go on for longer than the test.
func sleepOn(t *testing.T, client *ssm.Client) {
	t.Helper()
	name, content := aws.String("sleep"), "schemaVersion: \"0.3\"\nmainSteps:\n  - name: wait\n    action: aws:sleep\n    inputs: {Duration: P6D}\n"
	if _, err := client.CreateDocument(t.Context(), &ssm.CreateDocumentInput{
		Name: name, Content: &content, DocumentType: types.DocumentTypeAutomation, DocumentFormat: types.DocumentFormatYaml,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.StartAutomationExecution(t.Context(), &ssm.StartAutomationExecutionInput{DocumentName: name}); err != nil {
		t.Fatal(err)
	}
}

// running are the stacks of goroutines that run code of the sandbox, tests aside.
func running(t *testing.T) []string {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 2); err != nil {
		t.Fatal(err)
	}
	var out []string
	for stack := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(stack, "layerfleet/sandbox") && !strings.Contains(stack, "_test.go") {
			out = append(out, stack)
		}
	}
	return out
}

// snapshot is all that a drawn organization is: accounts, roles, functions with their ids and layers.
func snapshot(t *testing.T, o sandbox.Options) map[string]string {
	t.Helper()
	sb := sandboxtest.Start(t, o)
	out := map[string]string{"organization": ""}
	org, err := organizations.NewFromConfig(sb.AWSConfig(sb.Management(), region)).DescribeOrganization(t.Context(), &organizations.DescribeOrganizationInput{})
	if err != nil {
		t.Fatal(err)
	}
	out["organization"] = aws.ToString(org.Organization.Id)
	for _, account := range sb.Accounts() {
		roles := sb.RoleNames(account)
		slices.Sort(roles)
		out["roles "+account] = strings.Join(roles, " ")
		if sb.Suspended(account) {
			out["suspended "+account] = "yes"
			continue
		}
		pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(sb.AWSConfig(account, region)), &lambda.ListFunctionsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range page.Functions {
				f.LastModified = nil // the time of the start
				text, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				out[*f.FunctionArn] = string(text)
			}
		}
	}
	return out
}

// TestSameSeed has the seed, and nothing else, decide what an organization is, its ids included.
func TestSameSeed(t *testing.T) {
	t.Parallel()
	o := sandbox.Options{Accounts: 6, Regions: []string{region}, Functions: 60, Seed: 5}
	one, two := snapshot(t, o), snapshot(t, o)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("one start (-), another (+)\n%s", diff)
	}
	o.Seed = 6
	if other := snapshot(t, o); maps.Equal(one, other) || one["organization"] == other["organization"] {
		t.Error("another seed gave the same")
	}
}

// TestRolesInAccounts tries the roles that every member has, as the management account.
func TestRolesInAccounts(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Regions: []string{region}, Roles: []sandbox.Role{reader()}})
	management := sts.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	for _, account := range sb.Accounts()[1:] {
		for _, role := range []string{sandbox.RoleAccess, reader().Name, sandbox.RoleStackSetExecution} {
			got, err := management.AssumeRole(t.Context(), &sts.AssumeRoleInput{
				RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + role), RoleSessionName: aws.String("test"),
			})
			if err != nil {
				t.Errorf("%s in %s: %v", role, account, err)
				continue
			}
			cfg := sb.AWSConfig(account, region)
			cfg.Credentials = credentials.NewStaticCredentialsProvider(*got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken)
			who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			if err != nil || *who.Account != account {
				t.Errorf("%s in %s is %v, %v", role, account, who, err)
			}
			_, err = lambda.NewFromConfig(cfg).DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("none")})
			if reads := role == reader().Name; reads != (err != nil && strings.Contains(err.Error(), "AccessDenied")) {
				t.Errorf("%s in %s deletes a function: %v", role, account, err)
			}
		}
	}
}

// TestTokenOfAnotherSession signs with a session's key and somebody else's token.
func TestTokenOfAnotherSession(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 3, Regions: []string{region}, Roles: []sandbox.Role{reader()}})
	management := sts.NewFromConfig(sb.AWSConfig(sb.Management(), region))
	session := func(account string) *sts.AssumeRoleOutput {
		out, err := management.AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + reader().Name), RoleSessionName: aws.String("test"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, two := session(member), session("100000000002")
	for name, token := range map[string]string{"another session's": *two.Credentials.SessionToken, "none": "", "no one's": "nonsense"} {
		cfg := sb.AWSConfig(member, region)
		cfg.Credentials = credentials.NewStaticCredentialsProvider(*one.Credentials.AccessKeyId, *one.Credentials.SecretAccessKey, token)
		if _, err := lambda.NewFromConfig(cfg).ListFunctions(t.Context(), &lambda.ListFunctionsInput{}); err == nil {
			t.Errorf("token %s: it was let in", name)
		}
	}
}

// TestClean looks for anything that a clean organization must not have.
func TestClean(t *testing.T) {
	t.Parallel()
	regions := []string{region, "eu-west-1"}
	sb := sandboxtest.Start(t, sandbox.Options{Accounts: 6, Regions: regions, Functions: 300, Clean: true})
	for _, layer := range []string{sandbox.LayerRuntime, sandbox.LayerObserve, sandbox.LayerCerts, sandbox.LayerCrypto} {
		if a, b := number(sb.NewestLayer(layer, regions[0])), number(sb.NewestLayer(layer, regions[1])); a == "" || a != b {
			t.Errorf("%s: version %s here, %s there", layer, a, b)
		}
	}
	usable := map[string]bool{}
	for _, account := range sb.Accounts() {
		if sb.Suspended(account) {
			t.Errorf("account %s is suspended", account)
			continue
		}
		for _, r := range regions {
			recorders, err := configservice.NewFromConfig(sb.AWSConfig(account, r)).DescribeConfigurationRecorderStatus(t.Context(), &configservice.DescribeConfigurationRecorderStatusInput{})
			if err != nil || len(recorders.ConfigurationRecordersStatus) != 1 || !recorders.ConfigurationRecordersStatus[0].Recording {
				t.Errorf("account %s in %s does not record: %v, %v", account, r, recorders, err)
			}
			client := lambda.NewFromConfig(sb.AWSConfig(account, r))
			pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range page.Functions {
					for _, l := range f.Layers {
						if usable[account+*l.Arn] {
							continue
						}
						usable[account+*l.Arn] = true
						if _, err := client.GetLayerVersionByArn(t.Context(), &lambda.GetLayerVersionByArnInput{Arn: l.Arn}); err != nil {
							t.Errorf("%s uses %s: %v", *f.FunctionArn, *l.Arn, err)
						}
					}
				}
			}
		}
	}
}

func number(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }
