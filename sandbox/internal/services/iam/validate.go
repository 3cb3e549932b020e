package iam

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Quotas of an account (IAM User Guide, "IAM and AWS STS quotas"): the default ones.
const (
	maxRoles       = 1000
	maxPolicies    = 1500
	maxAttached    = 10
	maxVersions    = 5
	maxTrustBytes  = 2048
	maxInlineBytes = 10240 // all inline policies of a role, white space not counted
	maxManagedSize = 6144
	maxTags        = 50
	minSession     = 3600
	maxSession     = 43200
)

var (
	namePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathPattern = regexp.MustCompile(`^/(?:[\x21-\x7E]+/)?$`)
)

func checkName(name *string, member string, longest int) (string, error) {
	switch {
	case name == nil:
		return "", apierr.Missing(member).Query()
	case len(*name) > longest:
		return "", apierr.Constraint(*name, member, apierr.MaxLength(longest)).Query()
	case !namePattern.MatchString(*name):
		return "", apierr.Constraint(*name, member, apierr.Pattern(`[\w+=,.@-]+`)).Query()
	}
	return *name, nil
}

func roleName(name *string) (string, error)   { return checkName(name, "roleName", 64) }
func policyName(name *string) (string, error) { return checkName(name, "policyName", 128) }

func checkPath(path *string) (string, error) {
	if path == nil {
		return "/", nil
	}
	if len(*path) > 512 || !pathPattern.MatchString(*path) {
		return "", apierr.Constraint(*path, "path", apierr.Pattern(`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`)).Query()
	}
	return *path, nil
}

func checkDescription(d *string) error {
	if len(aws.ToString(d)) > 1000 {
		return apierr.Constraint(*d, "description", apierr.MaxLength(1000)).Query()
	}
	return nil
}

func checkSession(d *int32) (int32, error) {
	if d == nil {
		return minSession, nil
	}
	if rule := apierr.Range(*d, minSession, maxSession); rule != "" {
		return 0, apierr.Constraint(*d, "maxSessionDuration", rule).Query()
	}
	return *d, nil
}

func checkTags(tags []types.Tag) (map[string]string, error) {
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		k, v := aws.ToString(t.Key), aws.ToString(t.Value)
		if rule := apierr.Length(len(k), 1, 128); rule != "" {
			return nil, apierr.Constraint(k, "tags.key", rule).Query()
		}
		switch {
		case len(v) > 256:
			return nil, apierr.Constraint(v, "tags.value", apierr.MaxLength(256)).Query()
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalid("Tag keys starting with aws: are reserved for system use")
		}
		if _, dup := out[k]; dup {
			return nil, invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		out[k] = v
	}
	if len(out) > maxTags {
		return nil, limit("The number of tags has reached the maximum limit.")
	}
	return out, nil
}

// size is a document's size as the quotas count it: without white space.
func size(document string) int {
	return len(strings.Join(strings.Fields(document), ""))
}

// parse compiles a document that is to be stored. A condition key that the sandbox has no values for is refused:
// the condition would never be met, or always.
func (s *Service) parse(document *string, kind iampolicy.Kind) (*iampolicy.Policy, error) {
	if document == nil {
		return nil, apierr.Missing("policyDocument").Query()
	}
	p, err := s.Compile(*document, kind)
	var u *apierr.Error
	if err != nil && !errors.As(err, &u) {
		return nil, policyError(err)
	}
	if err != nil {
		return nil, err
	}
	for _, arn := range p.PrincipalARNs() {
		if !s.principalExists(arn) {
			return nil, &types.MalformedPolicyDocumentException{Message: aws.String(`Invalid principal in policy: "AWS":"` + arn + `"`)}
		}
	}
	return p, nil
}

// principalExists says whether the role of an ARN exists. Of accounts outside the sandbox nothing is known; they pass.
func (s *Service) principalExists(arn string) bool {
	id := iampolicy.Account(arn)
	a, ok := s.accounts.Find(id, "")
	if !ok {
		return true
	}
	if strings.Contains(arn, ":user/") {
		return strings.HasSuffix(arn, ":user/administrator")
	}
	name := roleNameOf(arn)
	a.mu.RLock()
	defer a.mu.RUnlock()
	_, err := a.find(name)
	return err == nil
}

// roleNameOf is the role's name in a role ARN (whose path is left out) or a session ARN.
func roleNameOf(arn string) string {
	_, rest, _ := strings.Cut(arn, "role/")
	parts := strings.Split(rest, "/")
	if strings.Contains(arn, ":assumed-role/") {
		return parts[0]
	}
	return parts[len(parts)-1]
}

// cut is one page of a list in IAM's manner: MaxItems 1 to 1000, 100 by default.
func cut[T any](items []T, key func(T) string, marker *string, maxItems *int32) (part []T, next *string, err error) {
	n := int32(100)
	if maxItems != nil {
		n = *maxItems
	}
	if rule := apierr.Range(n, 1, 1000); rule != "" {
		return nil, nil, apierr.Constraint(n, "maxItems", rule).Query()
	}
	part, next, ok := page.Cut(items, key, marker, int(n))
	if !ok {
		return nil, nil, invalid("Invalid Marker.")
	}
	return part, next, nil
}
