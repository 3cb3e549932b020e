package ssm

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

// UNCONFIRMED: the texts of the document errors.
func noDocument(name string) error {
	return &types.InvalidDocument{Message: apierr.Text("Document with name %s does not exist.", name)}
}

func noVersion(version string) error {
	return &types.InvalidDocumentVersion{Message: apierr.Text("Document version %s does not exist.", version)}
}

func badParameters(format string, args ...any) error {
	return &types.InvalidAutomationExecutionParametersException{Message: apierr.Text(format, args...)}
}

// contentError is the API's error for an error of package automation.
func contentError(err error) error {
	var version *automation.SchemaVersionError
	var missing *automation.UnsupportedError
	switch {
	case errors.As(err, &version):
		return &types.InvalidDocumentSchemaVersion{Message: apierr.Text("%v", err)}
	case errors.As(err, &missing):
		return apierr.Unsupported("%s", missing.What)
	}
	return &types.InvalidDocumentContent{Message: apierr.Text("%v", err)}
}
