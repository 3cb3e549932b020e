package versions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/layer"
)

// Everyone is the grant to every AWS account.
const Everyone = "*"

// maxPolicy is the size limit of a resource policy in bytes ("Lambda quotas" names it
// for functions; UNCONFIRMED for layers).
const maxPolicy = 20480

const readAction = "lambda:GetLayerVersion"

// Grants are the principals that a version's policy lets use it: organization ids,
// account ids and Everyone, in order. A version without a policy has none.
func Grants(ctx context.Context, a *access.Access, v layer.VersionARN) ([]string, error) {
	out, err := a.Lambda(pair(v.ARN)).GetLayerVersionPolicy(ctx, &lambda.GetLayerVersionPolicyInput{LayerName: &v.Name, VersionNumber: &v.Version})
	var none *types.ResourceNotFoundException
	switch {
	case errors.As(err, &none):
		return []string{}, nil
	case err != nil:
		return nil, fmt.Errorf("reading the policy of %s: %w", v, err)
	}
	grants, err := parsePolicy(*out.Policy)
	if err != nil {
		return nil, fmt.Errorf("the policy of %s: %w", v, err)
	}
	return grants, nil
}

// statement is a statement as Lambda stores it.
type statement struct {
	Sid, Effect string
	Principal   any // "*" or {"AWS": …}
	Action      any
	Condition   map[string]map[string]any
}

func parsePolicy(text string) ([]string, error) {
	var doc struct{ Statement []statement }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	grants := []string{}
	for _, s := range doc.Statement {
		if s.Effect != "Allow" {
			return nil, fmt.Errorf("statement %s has effect %s", s.Sid, s.Effect)
		}
		for _, principal := range s.principals() {
			if principal == Everyone {
				// UNCONFIRMED: the operator of the condition on aws:PrincipalOrgID.
				for _, keys := range s.Condition {
					if id, ok := keys["aws:PrincipalOrgID"].(string); ok {
						principal = id
					}
				}
				if principal == Everyone && len(s.Condition) > 0 {
					return nil, fmt.Errorf("statement %s has a condition other than aws:PrincipalOrgID", s.Sid)
				}
			}
			grants = append(grants, principal)
		}
	}
	slices.Sort(grants)
	return slices.Compact(grants), nil
}

// principals are the accounts of a statement, as ids where it names them.
func (s statement) principals() []string {
	var out []string
	add := func(text string) {
		if parts := strings.Split(text, ":"); len(parts) == 6 && parts[0] == "arn" {
			text = parts[4]
		}
		out = append(out, text)
	}
	switch p := s.Principal.(type) {
	case string:
		add(p)
	case map[string]any:
		switch list := p["AWS"].(type) {
		case string:
			add(list)
		case []any:
			for _, one := range list {
				add(fmt.Sprint(one))
			}
		}
	}
	return out
}

// Grant lets the principals use a version; those that it has already stay as they are.
// Afterwards the policy is read back: an error names the principal that is not in it.
func Grant(ctx context.Context, a *access.Access, v layer.VersionARN, principals []string) (added []string, err error) {
	have, err := Grants(ctx, a, v)
	if err != nil {
		return nil, err
	}
	for _, p := range principals {
		if slices.Contains(have, p) {
			continue
		}
		if err := grantOne(ctx, a, v, p); err != nil {
			return added, err
		}
		added = append(added, p)
	}
	if len(added) == 0 {
		return nil, nil
	}
	if have, err = Grants(ctx, a, v); err != nil {
		return added, err
	}
	for _, p := range principals {
		if !slices.Contains(have, p) {
			return added, fmt.Errorf("%s: the grant to %s was added, but the policy does not have it", v, p)
		}
	}
	return added, nil
}

func grantOne(ctx context.Context, a *access.Access, v layer.VersionARN, principal string) error {
	in := &lambda.AddLayerVersionPermissionInput{LayerName: &v.Name, VersionNumber: &v.Version}
	sid, action, to := statementID(principal), readAction, principal
	in.StatementId, in.Action, in.Principal = &sid, &action, &to
	if strings.HasPrefix(principal, "o-") {
		everyone := Everyone
		in.OrganizationId, in.Principal = &principal, &everyone
	}
	_, err := a.Lambda(pair(v.ARN)).AddLayerVersionPermission(ctx, in)
	// A retry of the SDK's after a lost answer finds its own statement. Whether it is
	// that one is seen when the policy is read back.
	var there *types.ResourceConflictException
	if err != nil && !errors.As(err, &there) {
		return fmt.Errorf("granting %s to %s: %w", v, principal, err)
	}
	return nil
}

func statementID(principal string) string {
	if principal == Everyone {
		return "layerfleet-everyone"
	}
	return "layerfleet-" + principal
}

// CheckSize refuses grants whose policy would be larger than Lambda accepts. The size is
// that of the document as Lambda writes it, with the longest version ARN.
func CheckSize(v layer.ARN, principals []string) error {
	resource := v.At(1<<31 - 1).String()
	size := len(`{"Version":"2012-10-17","Id":"default","Statement":[]}`)
	for _, p := range principals {
		s := map[string]any{
			"Sid": statementID(p), "Effect": "Allow", "Action": readAction, "Resource": resource,
			"Principal": map[string]string{"AWS": "arn:" + v.Partition + ":iam::" + p + ":root"},
		}
		if p == Everyone || strings.HasPrefix(p, "o-") {
			s["Principal"] = Everyone
			s["Condition"] = map[string]any{"StringEquals": map[string]string{"aws:PrincipalOrgID": p}}
		}
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		size += len(text) + len(",")
	}
	if size > maxPolicy {
		return &SizeError{Principals: len(principals), Bytes: size}
	}
	return nil
}

// SizeError says that a policy would be too large.
type SizeError struct{ Principals, Bytes int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("%d principals make a policy of about %d bytes, more than the %d of a layer version", e.Principals, e.Bytes, maxPolicy)
}

// Hint says what does fit.
func (e *SizeError) Hint() string {
	return "share with the organization (share: {organization: true}), which is one statement"
}
