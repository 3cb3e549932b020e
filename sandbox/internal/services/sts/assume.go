package sts

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	api "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
)

// Limits of AssumeRole (its API reference).
const (
	defaultSession = 3600
	minSession     = 900
	maxSession     = 43200
	maxChained     = 3600 // UNCONFIRMED by a recording: a role's session may assume roles for one hour at most
	maxPolicy      = 2048
	maxPolicyARNs  = 10
	tokenLength    = 356
)

var (
	rolePattern     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	sessionPattern  = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalPattern = regexp.MustCompile(`^[\w+=,.@:/\\-]+$`)
)

func (s *Service) assumeRoleOp() *call.Op {
	return call.Operation("sts", "AssumeRole", s.assumeRole).
		Accepts("RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "PolicyArns.Arn").
		Permissions(call.For(func(_ call.Caller, in *api.AssumeRoleInput) []call.Permission {
			if check(in) != nil {
				return nil // the operation answers what is wrong, before any question of permission
			}
			values := map[string][]string{"sts:RoleSessionName": {*in.RoleSessionName}}
			if in.ExternalId != nil {
				values["sts:ExternalId"] = []string{*in.ExternalId}
			}
			return []call.Permission{{Resource: *in.RoleArn, Context: values}}
		}))
}

func validation(format string, args ...any) error { return apierr.Validation(format, args...).Query() }

// check is what the front end validates.
func check(in *api.AssumeRoleInput) error {
	switch {
	case in.RoleArn == nil:
		return apierr.Missing("roleArn").Query()
	case in.RoleSessionName == nil:
		return apierr.Missing("roleSessionName").Query()
	case len(*in.RoleArn) < 20:
		return apierr.Constraint(*in.RoleArn, "roleArn", apierr.MinLength(20)).Query()
	case !rolePattern.MatchString(*in.RoleArn):
		return validation("%s is invalid", *in.RoleArn)
	case !sessionPattern.MatchString(*in.RoleSessionName):
		return apierr.Constraint(*in.RoleSessionName, "roleSessionName", apierr.Pattern(`[\w+=,.@-]*`)).Query()
	case len(aws.ToString(in.Policy)) > maxPolicy:
		return apierr.Constraint("", "policy", apierr.MaxLength(maxPolicy)).Query()
	case len(in.PolicyArns) > maxPolicyARNs:
		return validation("The number of policy ARNs must not be more than %d.", maxPolicyARNs)
	}
	if id := in.ExternalId; id != nil {
		if rule := apierr.Length(len(*id), 2, 1224); rule != "" {
			return apierr.Constraint(*id, "externalId", rule).Query()
		}
		if !externalPattern.MatchString(*id) {
			return apierr.Constraint(*id, "externalId", apierr.Pattern(`[\w+=,.@:\/-]*`)).Query()
		}
	}
	if d := in.DurationSeconds; d != nil {
		if rule := apierr.Range(*d, minSession, maxSession); rule != "" {
			return apierr.Constraint(*d, "durationSeconds", rule).Query()
		}
	}
	return nil
}

func (s *Service) assumeRole(_ context.Context, c call.Caller, in *api.AssumeRoleInput) (*api.AssumeRoleOutput, error) {
	if err := check(in); err != nil {
		return nil, err
	}
	role, ok := s.IAM.Role(*in.RoleArn)
	if !ok || !s.active(role.Account) {
		return nil, apierr.New(http.StatusForbidden, "AccessDenied",
			"User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.Principal, *in.RoleArn)
	}
	seconds := aws.ToInt32(in.DurationSeconds)
	_, chained := s.IAM.Sessions().Get(c.AccessKey)
	switch {
	case in.DurationSeconds == nil:
		seconds = min(defaultSession, role.MaxSession)
	case chained && seconds > maxChained:
		return nil, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case seconds > role.MaxSession:
		return nil, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	policies, err := s.sessionPolicies(role.Account, in)
	if err != nil {
		return nil, err
	}
	id := key(16)
	session := &iam.Session{
		Secret: key(40), Token: key(tokenLength), Expires: time.Now().Add(time.Duration(seconds) * time.Second).UTC().Truncate(time.Second),
		RoleARN: role.ARN, RoleName: role.Name, RoleID: role.ID, Name: *in.RoleSessionName, Policies: policies,
		Caller: call.Caller{
			Principal: "arn:" + s.IAM.Partition + ":sts::" + role.Account + ":assumed-role/" + role.Name + "/" + *in.RoleSessionName,
			Account:   role.Account, Region: c.Region, AccessKey: "ASIA" + id,
		},
	}
	s.IAM.Sessions().Add(session.Caller.AccessKey, session)
	return &api.AssumeRoleOutput{
		Credentials: &types.Credentials{
			AccessKeyId: aws.String(session.Caller.AccessKey), SecretAccessKey: aws.String(session.Secret),
			SessionToken: aws.String(session.Token), Expiration: aws.Time(session.Expires),
		},
		AssumedRoleUser: &types.AssumedRoleUser{Arn: aws.String(session.Caller.Principal), AssumedRoleId: aws.String(session.UserID())},
	}, nil
}

// sessionPolicies compiles what the caller gives along; nil when it gives nothing.
func (s *Service) sessionPolicies(account string, in *api.AssumeRoleInput) ([]*iampolicy.Policy, error) {
	var out []*iampolicy.Policy
	if in.Policy != nil {
		p, err := s.IAM.Compile(*in.Policy, iampolicy.Identity)
		if m := new(iamtypes.MalformedPolicyDocumentException); errors.As(err, &m) {
			return nil, &types.MalformedPolicyDocumentException{Message: m.Message}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	for _, d := range in.PolicyArns {
		p, err := s.IAM.ManagedPolicy(account, aws.ToString(d.Arn))
		if m := new(iamtypes.NoSuchEntityException); errors.As(err, &m) {
			return nil, validation("%s", aws.ToString(m.Message))
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
