package config

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// sessionName is the name of the sessions that AWS Config takes for itself.
const sessionName = "AWSConfig"

// assume takes a role as a service principal, through the dispatcher, so that trust policies count.
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
