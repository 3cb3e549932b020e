package parameter

import (
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// notFound is the answer for a name that no parameter has.
// UNCONFIRMED: the text.
func notFound(name string) error {
	return &types.ParameterNotFound{Message: apierr.Text("Parameter %s not found.", name)}
}

// noVersion is the answer for a version that is not kept, and for a label: no version has one here.
// UNCONFIRMED: that a label without a version is answered like a number without one.
func noVersion(name, selector string) error {
	return &types.ParameterVersionNotFound{
		Message: apierr.Text("Systems Manager could not find version %s of %s. Verify the version and try again.", selector, name),
	}
}

func tooDeep(name string) error {
	return &types.HierarchyLevelLimitExceededException{Message: apierr.Text("%s has more than %d levels, the most that a hierarchy can have.", name, maxLevels)}
}
