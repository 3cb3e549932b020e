package guard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/layerfleet/layerfleet/guard"
)

// item is a configuration item of about a kilobyte.
const item = `{"version":"1.3","accountId":"111122223333","configurationItemCaptureTime":"2026-07-01T10:00:00.000Z",
"configurationItemStatus":"OK","configurationStateId":"1751364000000","arn":"arn:aws:lambda:eu-west-1:111122223333:function:orders",
"resourceType":"AWS::Lambda::Function","resourceId":"orders","resourceName":"orders","awsRegion":"eu-west-1","availabilityZone":"Not Applicable",
"tags":{"team":"checkout","stage":"prod"},"relatedEvents":[],"relationships":[{"resourceType":"AWS::IAM::Role","resourceName":"orders","relationshipName":"Is associated with "}],
"configuration":{"functionName":"orders","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:orders","runtime":"python3.12","role":"arn:aws:iam::111122223333:role/orders",
"handler":"app.handler","codeSize":12345,"timeout":30,"memorySize":512,"version":"$LATEST","tracingConfig":{"mode":"PassThrough"},
"layers":[{"arn":"arn:aws:lambda:eu-west-1:111122223333:layer:runtime:7","codeSize":1000},{"arn":"arn:aws:lambda:eu-west-1:111122223333:layer:ca:2","codeSize":500}],
"architectures":["x86_64"],"packageType":"Zip"},"supplementaryConfiguration":{}}`

const policy = `
let managed = configuration.layers[ arn == /:111122223333:layer:runtime:/ ]
rule runtime_layer_is_current when resourceType == "AWS::Lambda::Function" %managed !empty {
    %managed.arn == "arn:aws:lambda:eu-west-1:111122223333:layer:runtime:7"
}
rule has_owner when resourceType == "AWS::Lambda::Function" {
    tags.team exists
    configuration.timeout <= 60
}`

func mustCompile(tb testing.TB, src string, d guard.Dialect) *guard.Ruleset {
	tb.Helper()
	r, err := guard.Compile([]byte(src), guard.Options{Dialect: d})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func mustLoad(tb testing.TB, text string, l guard.Loader) *guard.Document {
	tb.Helper()
	d, err := guard.Load("", []byte(text), l)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func benchmarkStatus(b *testing.B, rules, document string) {
	b.Helper()
	r, d := mustCompile(b, rules, guard.DialectConfig), mustLoad(b, document, guard.LoadValues)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if s, err := r.Status(ctx, d); err != nil || s != guard.StatusPass {
			b.Fatal(s, err)
		}
	}
}

// BenchmarkItem is the status of a two-rule policy on a loaded item of 1 KB.
func BenchmarkItem(b *testing.B) { benchmarkStatus(b, policy, item) }

// BenchmarkScalar is the status of one clause with a scalar.
func BenchmarkScalar(b *testing.B) {
	benchmarkStatus(b, `rule r { configuration.timeout == 30 }`, item)
}

// BenchmarkItemTraced is the same as BenchmarkItem with an account of it.
func BenchmarkItemTraced(b *testing.B) {
	r, d := mustCompile(b, policy, guard.DialectConfig), mustLoad(b, item, guard.LoadValues)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Eval(context.Background(), d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseJSON reads the item.
func BenchmarkParseJSON(b *testing.B) {
	text := []byte(item)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := guard.ParseJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}

// manyRules writes n rules of six lines about S3 buckets.
func manyRules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `rule rule_%d {
    Resources.*[ Type == "AWS::S3::Bucket" ] {
        Properties.BucketName != /^forbidden-%d/
        Properties.Tags[ Key == "owner" ].Value in ["team-a", "team-b", "team-%d"]
    }
}
`, i, i, i)
	}
	return b.String()
}

// BenchmarkCompile compiles a policy of 200 lines.
func BenchmarkCompile(b *testing.B) {
	const lines = 200
	src := []byte(manyRules(lines / 6))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := guard.Compile(src, guard.Options{Dialect: guard.DialectV3}); err != nil {
			b.Fatal(err)
		}
	}
}

// template writes a template with n buckets.
func template(n int) string {
	var b strings.Builder
	b.WriteString(`{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {`)
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `
  "Bucket%d": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-%d",
    "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    "Tags": [{"Key": "owner", "Value": "team-a"}, {"Key": "stage", "Value": "prod"}]}}`, i, i)
	}
	b.WriteString("}}")
	return b.String()
}

// BenchmarkTemplate evaluates 100 rules on a template with 2,000 resources.
func BenchmarkTemplate(b *testing.B) {
	r, d := mustCompile(b, manyRules(100), guard.DialectV3), mustLoad(b, template(2000), guard.LoadCLI3)
	b.ReportAllocs()
	for b.Loop() {
		if s, err := r.Status(context.Background(), d); err != nil || s != guard.StatusPass {
			b.Fatal(s, err)
		}
	}
}

// TestScalarAllocatesNothing holds the promise of the package documentation.
func TestScalarAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	r := mustCompile(t, `rule r { configuration.timeout == 30 tags.team == "checkout" configuration.nothing !exists }`, guard.DialectConfig)
	d := mustLoad(t, item, guard.LoadValues)
	got := testing.AllocsPerRun(100, func() {
		if s, err := r.Status(context.Background(), d); err != nil || s != guard.StatusPass {
			t.Fatal(s, err)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations per evaluation, want none", got)
	}
}
