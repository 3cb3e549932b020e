package lint

import (
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// dialects are the codes about what the engine behind AWS Config cannot do.
func dialects() []Entry {
	config := new(syntax.DialectConfig)
	return []Entry{
		{
			Code: ConfigFunction, Title: "AWS Config has no functions", Only: config,
			Why: `
The runtime of AWS Config is guard-2.x.x; functions such as count, to_lower and join came
with cfn-guard 3. A policy that calls one is refused. A pattern can often do what a
function does: (?i) ignores case.`,
			Avoid: `
let runtime = to_lower(configuration.runtime)
rule supported {
    %runtime == /^python/
}
`,
			Prefer: `
rule supported {
    configuration.runtime == /(?i)^python/
}
`,
			Cases: []Case{
				{"a Python function", `{"configuration": {"runtime": "Python3.13"}}`, VerdictNone, VerdictPass},
				{"another one", `{"configuration": {"runtime": "ruby3.3"}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: ConfigOperator, Title: "AWS Config has neither is_null nor is_float", Only: config,
			Why: `
is_null and is_float came with cfn-guard 3.0.1, and the runtime of AWS Config is
guard-2.x.x: a policy that has one is refused. "== null" asks for null.`,
			Avoid: `
rule no_key {
    configuration.kmsKeyArn is_null
}
`,
			Prefer: `
rule no_key {
    configuration.kmsKeyArn == null
}
`,
			Cases: []Case{
				{"null", `{"configuration": {"kmsKeyArn": null}}`, VerdictNone, VerdictPass},
				{"a key", `{"configuration": {"kmsKeyArn": "arn"}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: ConfigRegex, Title: "AWS Config's patterns have neither lookaround nor back references", Only: config,
			Why: `
Up to cfn-guard 2.1.3 patterns are those of Rust's regex, which has no lookahead,
lookbehind or back references. Such a pattern is accepted with the policy, and crashes
the engine when it has to match. "!=" with a pattern does what a negative lookahead is
mostly used for.`,
			Avoid: `
rule not_internal {
    configuration.functionName == /^(?!internal-)/
}
`,
			Prefer: `
rule not_internal {
    configuration.functionName exists
    configuration.functionName != /^internal-/
}
`,
			Cases: []Case{
				{"a good name", `{"configuration": {"functionName": "api"}}`, VerdictNone, VerdictPass},
				{"a bad name", `{"configuration": {"functionName": "internal-api"}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: TypeBlockConfig, Title: "a type block crashes on configuration items", Only: config,
			Why: `
"AWS::S3::Bucket { … }" goes through the Resources of a CloudFormation template. AWS Config
evaluates configuration items, which are one resource each and have no Resources; the
engine crashes. Ask for the type in a "when"; properties are below "configuration",
spelled as the API of the service spells them.`,
			Avoid: `
AWS::Lambda::Function {
    Properties.Runtime == /^python/
}
`,
			Prefer: `
rule supported when resourceType == "AWS::Lambda::Function" {
    configuration.runtime == /^python/
}
`,
			Cases: []Case{
				{"a Python function", `{"resourceType": "AWS::Lambda::Function", "configuration": {"runtime": "python3.13"}}`, VerdictNone, VerdictPass},
				{"another one", `{"resourceType": "AWS::Lambda::Function", "configuration": {"runtime": "ruby3.3"}}`, VerdictNone, VerdictFail},
			},
		},
		{
			Code: PolicyTooLong, Title: "AWS Config accepts at most 10,000 characters of policy", Only: config,
			Why: `
The text of a custom policy rule is limited to 10,000 characters, comments and white space
included; PutConfigRule and CloudFormation refuse a longer one. Remove comments, match
similar values with one pattern, or split the policy into several AWS Config rules.`,
			Avoid:  "\nrule supported {\n" + runtimes() + "}\n",
			Prefer: "\nrule supported {\n    configuration.runtime == /^python3\\.([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9])$/\n}\n",
			Cases: []Case{
				{"the policy is good, but not for AWS Config", `{"configuration": {"runtime": "python3.13"}}`, VerdictPass, VerdictPass},
				{"another runtime", `{"configuration": {"runtime": "ruby3.3"}}`, VerdictFail, VerdictFail},
			},
		},
	}
}

// runtimes is a clause of more than 10,000 characters.
func runtimes() string {
	var b strings.Builder
	for minor := range 250 {
		if minor > 0 {
			b.WriteString(" or\n")
		}
		b.WriteString(`    configuration.runtime == "python3.`)
		b.WriteString(strconv.Itoa(minor))
		b.WriteString(`"`)
	}
	b.WriteString("\n")
	return b.String()
}
