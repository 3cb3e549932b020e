package ssm

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

func text(format string, args ...any) *string { return aws.String(fmt.Sprintf(format, args...)) }

// UNCONFIRMED: the texts of the document errors.
func noDocument(name string) error {
	return &types.InvalidDocument{Message: text("Document with name %s does not exist.", name)}
}

func noVersion(version string) error {
	return &types.InvalidDocumentVersion{Message: text("Document version %s does not exist.", version)}
}

func badParameters(format string, args ...any) error {
	return &types.InvalidAutomationExecutionParametersException{Message: text(format, args...)}
}

// contentError is the API's error for what package automation finds in a document.
func contentError(err error) error {
	var version *automation.SchemaVersionError
	var missing *automation.UnsupportedError
	switch {
	case errors.As(err, &version):
		return &types.InvalidDocumentSchemaVersion{Message: text("%v", err)}
	case errors.As(err, &missing):
		return apierr.Unsupported("%s", missing.What)
	}
	return &types.InvalidDocumentContent{Message: text("%v", err)}
}
