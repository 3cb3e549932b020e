package sandbox

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// Env are the variables that point AWS's clients to the sandbox, as the management account's administrator. The session
// token is emptied, so that one of the caller's own does not go along.
func (s *Sandbox) Env() []Variable {
	return []Variable{
		{"AWS_ENDPOINT_URL", s.url},
		{"AWS_ACCESS_KEY_ID", s.Management()},
		{"AWS_SECRET_ACCESS_KEY", s.secret},
		{"AWS_SESSION_TOKEN", ""},
		{"AWS_REGION", s.Home()},
		{"AWS_DEFAULT_REGION", s.Home()},
	}
}

// AWSConfig is an SDK configuration for the administrator of an account. Nothing of the environment is in it. Waits before
// another attempt are in the sandbox's time.
func (s *Sandbox) AWSConfig(account, region string) aws.Config {
	return s.client(region, credentials.NewStaticCredentialsProvider(account, s.secret, ""))
}

// RoleConfig is an SDK configuration for a session of a role, which the management account's administrator assumes for
// an hour. The role must let it.
func (s *Sandbox) RoleConfig(ctx context.Context, account, role, region string) (aws.Config, error) {
	arn := "arn:aws:iam::" + account + ":role/" + role
	out, err := call.Do[sts.AssumeRoleOutput](ctx, s.dispatcher, call.Administrator(s.Management(), region), &sts.AssumeRoleInput{
		RoleArn: &arn, RoleSessionName: aws.String("sandbox"),
	})
	if err != nil {
		return aws.Config{}, fmt.Errorf("assume %s: %w", arn, err)
	}
	k := out.Credentials
	return s.client(region, credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)), nil
}

func (s *Sandbox) client(region string, keys aws.CredentialsProvider) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String(s.url), Credentials: keys, Retryer: s.Clock().retryer}
}
