package parameter

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

const (
	maxLevels = 15
	maxARN    = 1011 // characters of a name and of what its ARN has before it (model of PutParameter, Name)
	maxName   = 2048
)

var nameForm = regexp.MustCompile(`^(/?[a-zA-Z0-9_.-]+|(/[a-zA-Z0-9_.-]+){2,})$`)

// isARN distinguishes an ARN from a version of a parameter with the name arn: labels do not start with aws.
func isARN(ref string) bool { return strings.HasPrefix(ref, "arn:aws") }

// named is a name as it was sent, without the spaces around it, which the service removes.
func named(name *string) string { return strings.Trim(aws.ToString(name), " ") }

// ARN is the ARN of a parameter given by name, path or ARN, without a version.
func ARN(c call.Caller, ref string) string {
	if isARN(ref) {
		p := strings.Split(ref, ":")
		return strings.Join(p[:min(len(p), 6)], ":")
	}
	name, _, _ := strings.Cut(ref, ":")
	return "arn:" + function.Partition(c.Region) + ":ssm:" + c.Region + ":" + c.Account + ":parameter/" + strings.TrimPrefix(name, "/")
}

// checkName refuses what cannot be the name of a parameter. The code is the one of AWS's answers (aws-sdk-php issue
// 1952, aws-sdk-js-v3 issue 5005).
func checkName(name string) error {
	switch {
	case name == "":
		return apierr.Constraint(name, "name", apierr.MinLength(1))
	case len(name) > maxName:
		return apierr.Constraint(name, "name", apierr.MaxLength(maxName))
	case !nameForm.MatchString(name) || hasPrefix(name, "ssm"):
		return apierr.Validation(`Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist ` +
			`of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`)
	}
	return nil
}

// hasPrefix says whether the name, or its first level, starts with a word, in upper or lower case.
func hasPrefix(name, word string) bool {
	name = strings.TrimPrefix(name, "/")
	return len(name) >= len(word) && strings.EqualFold(name[:len(word)], word)
}

// checkNew checks the name of a new value.
// UNCONFIRMED: the texts.
func checkNew(c call.Caller, name string) error {
	switch {
	case strings.Contains(name, "/") && !strings.HasPrefix(name, "/"):
		return apierr.Validation("Parameter name must be a fully qualified name.")
	case hasPrefix(name, "aws") && strings.Count(name, "/") > 1:
		return apierr.New(400, "AccessDeniedException", "No access to reserved parameter name: %s.", name)
	case hasPrefix(name, "aws"):
		return apierr.Validation(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`)
	}
	if err := checkName(name); err != nil {
		return err
	}
	if n := len(ARN(c, name)); n > maxARN {
		return apierr.Validation("Parameter name: the name and what its ARN has before it have %d characters; at most %d are allowed.", n, maxARN)
	}
	if levels := strings.Count(strings.TrimPrefix(name, "/"), "/") + 1; levels > maxLevels {
		return tooDeep(name)
	}
	return nil
}

// reference names a parameter in the operations that read: by name or ARN, with or without a version.
type reference struct {
	name     string
	bare     bool   // the name is of an ARN, which has no slash before a name of one level
	selector string // version number or label, or empty
}

// parse reads a reference.
func parse(c call.Caller, ref string) (reference, error) {
	var r reference
	byARN := isARN(ref)
	if byARN {
		p := strings.SplitN(ref, ":", 6)
		if len(p) < 6 || p[2] != "ssm" || p[3] != c.Region || !strings.HasPrefix(p[5], "parameter/") {
			return r, apierr.Validation("Parameter name: %s is not the ARN of a parameter in %s.", ref, c.Region)
		}
		if p[4] != c.Account {
			return r, apierr.Unsupported("reading parameters of another account (%s)", ref)
		}
		ref = strings.TrimPrefix(p[5], "parameter")
	}
	name, selector, versioned := strings.Cut(ref, ":")
	if byARN && strings.Count(name, "/") == 1 {
		name, r.bare = name[1:], true
	}
	if err := checkName(name); err != nil {
		return r, err
	}
	if versioned && (selector == "" || strings.Contains(selector, ":")) {
		return r, apierr.Validation("Parameter name: %q is neither a version nor a label.", selector)
	}
	r.name, r.selector = name, selector
	return r, nil
}
