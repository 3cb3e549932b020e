package access

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/layerfleet/layerfleet/internal/fleet"
)

type clientKey struct {
	service string
	pair    fleet.Pair
}

// client gives the one client of a pair and service.
func client[C any](a *Access, service string, p fleet.Pair, build func(aws.Config) *C) *C {
	key := clientKey{service, p}
	a.mu.Lock()
	c, ok := a.clients[key].(*C)
	a.mu.Unlock()
	if ok {
		return c
	}
	c = build(a.config(p))
	a.mu.Lock()
	defer a.mu.Unlock()
	if first, ok := a.clients[key].(*C); ok {
		return first
	}
	a.clients[key] = c
	return c
}

// Home is the caller's account in the home Region.
func (a *Access) Home() fleet.Pair {
	return fleet.Pair{AccountID: a.caller.Account, Region: a.cfg.Region}
}

// Lambda is the Lambda client of a pair. Its calls wait for the pair's limiter.
func (a *Access) Lambda(p fleet.Pair) *lambda.Client {
	return client(a, "lambda", p, func(cfg aws.Config) *lambda.Client {
		return lambda.NewFromConfig(cfg, func(o *lambda.Options) {
			o.APIOptions = append(o.APIOptions, a.limits.of(p).middleware)
		})
	})
}

// Config is the AWS Config client of a pair.
func (a *Access) Config(p fleet.Pair) *configservice.Client {
	return client(a, "config", p, func(cfg aws.Config) *configservice.Client {
		return configservice.NewFromConfig(cfg)
	})
}

// SSM is the Systems Manager client of a pair.
func (a *Access) SSM(p fleet.Pair) *ssm.Client {
	return client(a, "ssm", p, func(cfg aws.Config) *ssm.Client { return ssm.NewFromConfig(cfg) })
}

// S3 is the S3 client of a pair.
func (a *Access) S3(p fleet.Pair) *s3.Client {
	return client(a, "s3", p, func(cfg aws.Config) *s3.Client { return s3.NewFromConfig(cfg) })
}

// CloudFormation is the CloudFormation client of a pair.
func (a *Access) CloudFormation(p fleet.Pair) *cloudformation.Client {
	return client(a, "cloudformation", p, func(cfg aws.Config) *cloudformation.Client {
		return cloudformation.NewFromConfig(cfg)
	})
}

// IAM is the IAM client of an account; IAM is global.
func (a *Access) IAM(accountID string) *iam.Client {
	return client(a, "iam", fleet.Pair{AccountID: accountID, Region: a.cfg.Region}, func(cfg aws.Config) *iam.Client {
		return iam.NewFromConfig(cfg)
	})
}

// Organizations is the caller's client of AWS Organizations, which is global.
func (a *Access) Organizations() *organizations.Client {
	return client(a, "organizations", a.Home(), func(cfg aws.Config) *organizations.Client {
		return organizations.NewFromConfig(cfg)
	})
}

// Account is the Account Management client of an account.
func (a *Access) Account(accountID string) *account.Client {
	return client(a, "account", fleet.Pair{AccountID: accountID, Region: a.cfg.Region}, func(cfg aws.Config) *account.Client {
		return account.NewFromConfig(cfg)
	})
}
