package ssm

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/door"
	"github.com/layerfleet/layerfleet/sandbox/function"
)

var (
	namePattern = regexp.MustCompile(`^[a-zA-Z0-9_\-.]{3,128}$`)
	refPattern  = regexp.MustCompile(`^[a-zA-Z0-9_\-.:/]{3,128}$`)
	tokenForm   = regexp.MustCompile(`^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$`)
)

// reserved are the beginnings of names that are AWS's own.
var reserved = []string{"aws-", "amazon", "amzn", "awsec2", "awsconfigremediation", "awssupport"}

// arn is the ARN of something in the caller's account and Region: document/NAME, automation-execution/ID, …
func arn(c door.Caller, account, resource string) string {
	return "arn:" + function.Partition(c.Region) + ":ssm:" + c.Region + ":" + account + ":" + resource
}

// where takes a document's name or ARN apart. ok is false for an ARN of another Region or of something else.
func where(c door.Caller, ref string) (account, name string, ok bool) {
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

// documentARN is the ARN behind a document's name or ARN, for the needs of a call.
func documentARN(c door.Caller, ref *string) string {
	account, name, ok := where(c, aws.ToString(ref))
	if !ok {
		return aws.ToString(ref)
	}
	return arn(c, account, "document/"+name)
}

func checkName(name, member string) error {
	if !namePattern.MatchString(name) {
		return constraint(name, member, `Member must satisfy regular expression pattern: ^[a-zA-Z0-9_\-.]{3,128}$`)
	}
	return nil
}

// page cuts one page out of a list. The token is the offset at which the next page starts.
func page[T any](all []T, size *int32, most int, tok *string) ([]T, *string, error) {
	n := int(aws.ToInt32(size))
	if size == nil {
		n = most
	}
	if n < 1 || n > most {
		return nil, nil, constraint(n, "maxResults", "Member must have value between 1 and "+strconv.Itoa(most))
	}
	from := 0
	if t := aws.ToString(tok); t != "" {
		var err error
		if from, err = strconv.Atoi(t); err != nil || from < 0 || from > len(all) {
			return nil, nil, badToken()
		}
	}
	to := min(len(all), from+n)
	if to == len(all) {
		return all[from:to], nil, nil
	}
	return all[from:to], aws.String(strconv.Itoa(to)), nil
}
