package cloudformation

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
)

// validation is CloudFormation's answer to nearly everything that is wrong with a request.
func validation(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "ValidationError", format, args...)
}

// templateError words an error of the template engine.
func templateError(err error) error {
	var bad *cfn.Error
	var missing *cfn.Unsupported
	var property *resource.UnsupportedError
	switch {
	case errors.As(err, &bad):
		return validation("%s", bad.Message)
	case errors.As(err, &missing):
		return apierr.Unsupported("%s (line %d, column %d of the template)", missing.What, missing.Line, missing.Column)
	case errors.As(err, &property):
		return apierr.Unsupported("the property %s of %s", property.Path, property.Type)
	default:
		return err
	}
}

func insufficient(capability string) error {
	return &types.InsufficientCapabilitiesException{Message: aws.String("Requires capabilities : [" + capability + "]")}
}

func alreadyExists(name string) error {
	return &types.AlreadyExistsException{Message: aws.String(fmt.Sprintf("Stack [%s] already exists", name))}
}
