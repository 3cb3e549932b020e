package lint

import (
	"strconv"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// absences are the codes about what is not there, and what then skips or fails.
func absences() []Entry {
	return []Entry{
		{
			Code: MissingFails, Title: "'!=' and 'not in' fail if the property is missing",
			Why: `
A comparison of a property that is not there fails, a negated one too. "Anything but X"
reads as if a missing property were fine; to the engines it is a failure, and so is a list
that is empty or missing. Say what is meant: "!exists or …" if the property may be
missing, "exists" on a line of its own if it may not, a "when" if the rule does not apply
then. A user of AWS Config reports that the clause skips there instead (issue 367 of
cfn-guard); a rule that says what is meant does not depend on it.`,
			Avoid: `
rule not_public {
    configuration.access != "public"
}
`,
			Prefer: `
rule not_public {
    configuration.access !exists or configuration.access != "public"
}
`,
			Cases: []Case{
				{"no such property", `{"configuration": {}}`, VerdictFail, VerdictPass},
				{"another value", `{"configuration": {"access": "private"}}`, VerdictPass, VerdictPass},
				{"the forbidden value", `{"configuration": {"access": "public"}}`, VerdictFail, VerdictFail},
			},
		},
		{
			Code: MissingSkips, Title: "a 'when' or filter with '!=' leaves out what does not have the property",
			Why: `
In a "when" or a filter, too, a comparison fails if the property is not there, also a
negated one. The rule then skips, or the filter selects nothing, and nobody notices: "all
but X" leaves out everything that does not have the property.`,
			Avoid: `
rule encrypted when tags.stage != "test" {
    configuration.encrypted == true
}
`,
			Prefer: `
rule encrypted when tags.stage !exists or tags.stage != "test" {
    configuration.encrypted == true
}
`,
			Cases: []Case{
				{"not encrypted, without the tag", `{"tags": {}, "configuration": {"encrypted": false}}`, VerdictSkip, VerdictFail},
				{"not encrypted, in production", `{"tags": {"stage": "production"}, "configuration": {"encrypted": false}}`, VerdictFail, VerdictFail},
				{"not encrypted, in a test", `{"tags": {"stage": "test"}, "configuration": {"encrypted": false}}`, VerdictSkip, VerdictSkip},
			},
		},
		{
			Code: SkipAsFail, Title: "a rule that refers to a skipped rule fails",
			Why: `
The name of a rule as a clause passes if that rule passes. If it skips, because its
"when" does not hold or its filters select nothing, the reference fails, and "not NAME"
passes. A rule that collects others fails on every document that one of them does not
apply to. Give the collecting rule the same "when".`,
			Avoid: `
rule bucket_encrypted when resourceType == "AWS::S3::Bucket" {
    configuration.encrypted == true
}
rule baseline {
    bucket_encrypted
}
`,
			Prefer: `
rule bucket_encrypted when resourceType == "AWS::S3::Bucket" {
    configuration.encrypted == true
}
rule baseline when resourceType == "AWS::S3::Bucket" {
    configuration.encrypted == true
}
`,
			Cases: []Case{
				{"something that is not a bucket", `{"resourceType": "AWS::SQS::Queue", "configuration": {}}`, VerdictFail, VerdictSkip},
				{"a good bucket", `{"resourceType": "AWS::S3::Bucket", "configuration": {"encrypted": true}}`, VerdictPass, VerdictPass},
				{"a bad bucket", `{"resourceType": "AWS::S3::Bucket", "configuration": {"encrypted": false}}`, VerdictFail, VerdictFail},
			},
		},
		{
			Code: TypeBlockWhen, Title: "the 'when' of a type block is evaluated on the whole template", Only: new(syntax.DialectV3),
			Why: `
The conditions after the type are evaluated once, where the block is: at the root of
the template, which has no Properties. They do not hold, and the block skips for all
resources. Put the "when" into the block; there it is evaluated for each resource.`,
			Avoid: `
rule large_volumes {
    AWS::EC2::Volume when Properties.Size > 10 {
        Properties.Encrypted == true
    }
}
`,
			Prefer: `
rule large_volumes {
    AWS::EC2::Volume {
        when Properties.Size > 10 {
            Properties.Encrypted == true
        }
    }
}
`,
			Cases: []Case{
				{"a large volume that is not encrypted", volume(20), VerdictSkip, VerdictFail},
				{"a small one", volume(5), VerdictSkip, VerdictSkip},
			},
		},
	}
}

// volume is a template with a volume that is not encrypted.
func volume(size int) string {
	return `{"Resources": {"Disk": {"Type": "AWS::EC2::Volume", "Properties": {"Size": ` + strconv.Itoa(size) + `, "Encrypted": false}}}}`
}
