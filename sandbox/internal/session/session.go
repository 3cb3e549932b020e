// Package session assumes roles for the services of the sandbox that act in someone's account.
package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
)

// Session is an assumed role.
type Session struct {
	Caller call.Caller // in the Region of the call that assumed the role
	Keys   types.Credentials
}

// Assume assumes a role by a call through the dispatcher, where the role's trust policy is checked. name is the session's.
func Assume(ctx context.Context, d *call.Dispatcher, as call.Caller, roleARN, name string) (Session, error) {
	out, err := call.Do[sts.AssumeRoleOutput](ctx, d, as, &sts.AssumeRoleInput{RoleArn: &roleARN, RoleSessionName: &name})
	if err != nil {
		return Session{}, err
	}
	principal := aws.ToString(out.AssumedRoleUser.Arn)
	return Session{
		Caller: call.Caller{
			Principal: principal, Account: iampolicy.Account(principal), Region: as.Region, AccessKey: aws.ToString(out.Credentials.AccessKeyId),
		},
		Keys: *out.Credentials,
	}, nil
}
