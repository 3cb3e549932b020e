package iam

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

func notFound(format string, args ...any) error {
	return &types.NoSuchEntityException{Message: apierr.Text(format, args...)}
}

func exists(format string, args ...any) error {
	return &types.EntityAlreadyExistsException{Message: apierr.Text(format, args...)}
}

func inUse(message string) error {
	return &types.DeleteConflictException{Message: &message}
}

func limit(format string, args ...any) error {
	return &types.LimitExceededException{Message: apierr.Text(format, args...)}
}

func invalid(format string, args ...any) error {
	return &types.InvalidInputException{Message: apierr.Text(format, args...)}
}

func unmodifiable(r *role) error {
	return &types.UnmodifiableEntityException{Message: apierr.Text(
		"Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", r.name,
	)}
}

// policyError turns an error of the policy language into IAM's.
func policyError(err error) error {
	var m *iampolicy.MalformedError
	var u *iampolicy.UnsupportedError
	switch {
	case errors.As(err, &m):
		return &types.MalformedPolicyDocumentException{Message: &m.Reason}
	case errors.As(err, &u):
		return apierr.Unsupported("%s in IAM policies", u.What)
	}
	return err
}

// denied is the refusal of a call as its service words it on the wire (aws.md §1.3, §6.1, §6.2).
func denied(service, message string) error {
	switch service {
	case "iam", "sts", "cloudformation", "s3", "monitoring":
		return apierr.New(http.StatusForbidden, "AccessDenied", "%s", message)
	case "organizations":
		// Organizations does not say why: its text is the same for every caller and action.
		return apierr.New(http.StatusBadRequest, "AccessDeniedException", "You don't have permissions to access this resource.")
	case "config", "ssm", "tagging":
		return apierr.New(http.StatusBadRequest, "AccessDeniedException", "%s", message)
	default:
		return apierr.New(http.StatusForbidden, "AccessDeniedException", "%s", message)
	}
}
