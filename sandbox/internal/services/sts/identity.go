package sts

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

func (s *Service) getCallerIdentity(_ context.Context, c call.Caller, _ *api.GetCallerIdentityInput) (*api.GetCallerIdentityOutput, error) {
	id := s.IAM.AdministratorID(c.Account)
	if x, ok := s.IAM.Sessions().Get(c.AccessKey); ok {
		id = x.UserID()
	}
	return &api.GetCallerIdentityOutput{Account: &c.Account, Arn: &c.Principal, UserId: &id}, nil
}

func (s *Service) getAccessKeyInfo(_ context.Context, _ call.Caller, in *api.GetAccessKeyInfoInput) (*api.GetAccessKeyInfoOutput, error) {
	c, ok := s.Credential(aws.ToString(in.AccessKeyId))
	if !ok {
		return nil, validation("%s is not a valid access key ID.", aws.ToString(in.AccessKeyId))
	}
	return &api.GetAccessKeyInfoOutput{Account: aws.String(c.Caller.Account)}, nil
}
