package ssm

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

const tokenPattern = `[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}`

var (
	namePattern = regexp.MustCompile(`^[a-zA-Z0-9_\-.]{3,128}$`)
	refPattern  = regexp.MustCompile(`^[a-zA-Z0-9_\-.:/]{3,128}$`)
	tokenForm   = regexp.MustCompile("^" + tokenPattern + "$")
)

// reserved are the prefixes of AWS's own names.
var reserved = []string{"aws-", "amazon", "amzn", "awsec2", "awsconfigremediation", "awssupport"}

// arn is the ARN of something in the caller's account and Region: document/NAME, automation-execution/ID, …
func arn(c call.Caller, account, resource string) string {
	return "arn:" + function.Partition(c.Region) + ":ssm:" + c.Region + ":" + account + ":" + resource
}

// where reads a document's name or ARN. ok is false for an ARN in another Region or of something else.
func where(c call.Caller, ref string) (account, name string, ok bool) {
	if !strings.HasPrefix(ref, "arn:") {
		return c.Account, ref, true
	}
	p := strings.SplitN(ref, ":", 6)
	if len(p) < 6 || p[2] != "ssm" || p[3] != c.Region {
		return "", "", false
	}
	for _, kind := range []string{"document/", "automation-definition/"} {
		if name, ok := strings.CutPrefix(p[5], kind); ok {
			return p[4], name, true
		}
	}
	return "", "", false
}

// documentARN is the ARN of a document given by name or ARN: the resource of a permission.
func documentARN(c call.Caller, ref *string) string {
	account, name, ok := where(c, aws.ToString(ref))
	if !ok {
		return aws.ToString(ref)
	}
	return arn(c, account, "document/"+name)
}

func checkName(name, member string) error {
	if !namePattern.MatchString(name) {
		return apierr.Constraint(name, member, apierr.Pattern(`^[a-zA-Z0-9_\-.]{3,128}$`))
	}
	return nil
}
