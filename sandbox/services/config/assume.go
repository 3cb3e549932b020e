package config

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/door"
)

// sessionName is the name of the sessions that AWS Config takes for itself.
const sessionName = "AWSConfig"

// assume takes a role as a service principal, through the door, so that trust policies count.
func (s *Service) assume(ctx context.Context, service string, owner door.Caller, role string) (door.Caller, error) {
	out, err := door.Call[sts.AssumeRoleOutput](ctx, s.Door, door.ServiceCaller(service, owner.Account, owner.Region), &sts.AssumeRoleInput{
		RoleArn: &role, RoleSessionName: aws.String(sessionName),
	})
	if err != nil {
		return door.Caller{}, err
	}
	cred, ok := s.Credentials.Credential(aws.ToString(out.Credentials.AccessKeyId))
	if !ok {
		return door.Caller{}, fmt.Errorf("the session of %s is not known", role)
	}
	return cred.Caller.InRegion(owner.Region), nil
}
