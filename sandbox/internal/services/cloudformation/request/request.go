// Package request has what the operations on stacks and those on stack sets have in common: errors, pages, parameters
// and capabilities.
package request

import (
	"net/http"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/page"
)

// Invalid is CloudFormation's ValidationError, its answer to nearly every invalid request.
func Invalid(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "ValidationError", format, args...)
}

// Constraint is the ValidationError of a member that breaks the model.
func Constraint(value any, member, rule string) error {
	return Invalid("%s", apierr.ConstraintText(value, member, rule))
}

// Missing is the ValidationError of a required member that is absent.
func Missing(member string) error { return Invalid("%s", apierr.MissingText(member)) }

// maxPage is the longest page of a list (botocore 1.43.11: MaxResults 1 to 100).
const maxPage = 100

// Page is one page of a list that is sorted by key. Without a size it has at most 100 items. Errors are ValidationErrors.
func Page[T any](items []T, key func(T) string, token *string, size *int32) ([]T, *string, error) {
	n := int32(maxPage)
	if size != nil {
		n = *size
	}
	if rule := apierr.Range(n, 1, maxPage); rule != "" {
		return nil, nil, Constraint(n, "maxResults", rule)
	}
	if aws.ToString(token) == "" {
		token = nil // some clients send an empty token for the first page
	}
	part, next, ok := page.Cut(items, key, token, int(n))
	if !ok {
		return nil, nil, Invalid("NextToken %s is not valid", *token) // UNCONFIRMED: the text
	}
	return part, next, nil
}

// Acknowledged is nil if the capabilities of a request include the one that the template needs.
func Acknowledged(t *cfn.Template, given []types.Capability) error {
	need, _ := t.Capability()
	switch {
	case need == "", slices.Contains(given, types.Capability(need)):
		return nil
	case need == cfn.CapabilityIAM && slices.Contains(given, types.CapabilityCapabilityNamedIam):
		return nil
	}
	return &types.InsufficientCapabilitiesException{Message: apierr.Text("Requires capabilities : [%s]", need)}
}

// Parameters shows the values of a template's parameters. Those with NoEcho are masked, those without a value left out.
func Parameters(t *cfn.Template, values map[string]string) []types.Parameter {
	out := []types.Parameter{}
	for _, p := range t.Parameters {
		v, ok := values[p.Name]
		if !ok {
			continue
		}
		if p.NoEcho {
			v = "****"
		}
		out = append(out, types.Parameter{ParameterKey: aws.String(p.Name), ParameterValue: aws.String(v)})
	}
	return out
}

const (
	namePattern = `[a-zA-Z][-a-zA-Z0-9]*`
	maxName     = 128
)

var nameForm = regexp.MustCompile("^" + namePattern + "$")

// CheckName checks the name of a stack, a change set or a stack set; member is where the request has it.
func CheckName(name, member string) error {
	if !nameForm.MatchString(name) {
		return Constraint(name, member, apierr.Pattern(namePattern))
	}
	if len(name) > maxName {
		return Constraint(name, member, apierr.MaxLength(maxName))
	}
	return nil
}
