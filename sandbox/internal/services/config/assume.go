package config

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// sessionName is the name of AWS Config's own sessions.
const sessionName = "AWSConfig"

// assume assumes a role as a service principal. It goes through the dispatcher, where the role's trust policy is checked.
func (s *Service) assume(ctx context.Context, service string, owner call.Caller, role string) (call.Caller, error) {
	out, err := call.Do[sts.AssumeRoleOutput](ctx, s.Dispatcher, call.ServiceCaller(service, owner.Account, owner.Region), &sts.AssumeRoleInput{
		RoleArn: &role, RoleSessionName: aws.String(sessionName),
	})
	if err != nil {
		return call.Caller{}, err
	}
	cred, ok := s.Credentials.Credential(aws.ToString(out.Credentials.AccessKeyId))
	if !ok {
		return call.Caller{}, fmt.Errorf("the session of %s is not known", role)
	}
	return cred.Caller.InRegion(owner.Region), nil
}
