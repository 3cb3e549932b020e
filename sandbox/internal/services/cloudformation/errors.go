package cloudformation

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
)

// templateError is the API's error for an error of package cfn or resource.
func templateError(err error) error {
	var bad *cfn.Error
	var missing *cfn.Unsupported
	var property *resource.UnsupportedError
	switch {
	case errors.As(err, &bad):
		return request.Invalid("%s", bad.Message)
	case errors.As(err, &missing):
		return apierr.Unsupported("%s (line %d, column %d of the template)", missing.What, missing.Line, missing.Column)
	case errors.As(err, &property):
		return apierr.Unsupported("the property %s of %s", property.Path, property.Type)
	default:
		return err
	}
}

func alreadyExists(name string) error {
	return &types.AlreadyExistsException{Message: apierr.Text("Stack [%s] already exists", name)}
}
