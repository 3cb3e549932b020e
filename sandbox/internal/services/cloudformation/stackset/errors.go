package stackset

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

func notFound(name string) error {
	return &types.StackSetNotFoundException{Message: aws.String("StackSet " + name + " not found")}
}

func inProgress(set string) error {
	return &types.OperationInProgressException{Message: aws.String("Another Operation on StackSet " + set + " is in progress")}
}

func operationMissing(id string) error {
	return &types.OperationNotFoundException{Message: aws.String("Operation " + id + " not found")}
}

func instanceMissing(set, account, region string) error {
	return &types.StackInstanceNotFoundException{Message: apierr.Text("Stack instance for stack set %s, account %s and region %s not found", set, account, region)}
}

// callAs refuses CallAs of a delegated administrator.
func callAs(as types.CallAs) error {
	if as == types.CallAsDelegatedAdmin {
		return apierr.Unsupported("CallAs DELEGATED_ADMIN")
	}
	return nil
}
