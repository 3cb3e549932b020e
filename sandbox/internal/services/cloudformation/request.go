package cloudformation

import (
	"context"
	"errors"
	"maps"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
)

// request is what CreateStack, UpdateStack and CreateChangeSet have in common.
type request struct {
	body         *string
	usePrevious  bool
	parameters   []types.Parameter
	tags         []types.Tag
	capabilities []types.Capability
	roleARN      *string
}

var stackNamePattern = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)

const maxStackName = 128

func checkName(name *string) error {
	switch n := aws.ToString(name); {
	case !stackNamePattern.MatchString(n):
		return validation("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", n)
	case len(n) > maxStackName:
		return validation("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", n, maxStackName)
	}
	return nil
}

// desire works out what a request wants st to be; st holds the previous state, if any. The shard is locked.
func (s *Service) desire(st *stack, r request) (desired, error) {
	d := desired{body: aws.ToString(r.body), capabilities: r.capabilities, roleARN: r.roleARN, tags: map[string]string{}}
	var err error
	if r.usePrevious {
		if st.template == nil || r.body != nil {
			return d, validation("Invalid request: UsePreviousTemplate needs a stack with a template, and no other template") // UNCONFIRMED: the text
		}
		d.body, d.template = st.body, st.template
	} else if d.template, err = s.template(r.body); err != nil {
		return d, err
	}
	if err := acknowledged(d.template, r.capabilities); err != nil {
		return d, err
	}
	values, err := parameterValues(st.bound, r.parameters)
	if err != nil {
		return d, err
	}
	if d.bound, err = d.template.Bind(values, st.env()); err != nil {
		return d, templateError(err)
	}
	if r.tags == nil {
		maps.Copy(d.tags, st.tags)
	}
	for _, t := range r.tags {
		d.tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	if d.roleARN == nil {
		d.roleARN = st.roleARN
	}
	return d, s.supported(d.bound)
}

// parameterValues reads parameters of a request; previous is nil for a new stack.
func parameterValues(previous *cfn.Bound, given []types.Parameter) (map[string]string, error) {
	values := map[string]string{}
	for _, p := range given {
		key := aws.ToString(p.ParameterKey)
		switch {
		case !aws.ToBool(p.UsePreviousValue):
			values[key] = aws.ToString(p.ParameterValue)
		case p.ParameterValue != nil:
			return nil, validation("Invalid input for parameter key %s. Cannot specify usePreviousValue as true and non empty value for a parameter", key)
		default:
			old, ok := "", false
			if previous != nil {
				old, ok = previous.Values[key]
			}
			if !ok {
				return nil, validation("Invalid input for parameter key %s. Cannot specify usePreviousValue as true for a parameter key not in the previous template", key)
			}
			values[key] = old
		}
	}
	return values, nil
}

// later stands in for resources that are not made yet, and remembers that it was asked.
type later struct{ asked bool }

func (l *later) Ref(string) (string, error) {
	l.asked = true
	return "unknown", nil
}

func (l *later) Attribute(string, string) (any, error) {
	l.asked = true
	return "unknown", nil
}

// supported finds what cannot work before anything is made: a type or a property that the sandbox does not honour, and
// a function that fails on what is known already. What else may be wrong comes out when the resource is made, as in AWS.
func (s *Service) supported(b *cfn.Bound) error {
	for _, r := range b.Resources() {
		if s.types[r.Type] == nil {
			return apierr.Unsupported("the resource type %s (resource %s)", r.Type, r.LogicalID)
		}
		unknown := &later{}
		props, err := b.Properties(r, unknown)
		if err != nil {
			if unknown.asked {
				continue
			}
			return templateError(err)
		}
		var property *resource.UnsupportedError
		if err := s.types[r.Type].Check(props); errors.As(err, &property) {
			return templateError(err)
		}
	}
	return nil
}

// assume takes on a role and answers who the session is.
func (s *Service) assume(ctx context.Context, c call.Caller, roleARN, session string) (call.Caller, error) {
	out, err := call.Do[sts.AssumeRoleOutput](ctx, s.Dispatcher, c, &sts.AssumeRoleInput{RoleArn: &roleARN, RoleSessionName: &session})
	if err != nil {
		return call.Caller{}, err
	}
	key := aws.ToString(out.Credentials.AccessKeyId)
	cred, ok := s.Credentials.Credential(key)
	if !ok {
		return call.Caller{}, validation("the session %s of role %s is not known", session, roleARN)
	}
	return cred.Caller.InRegion(c.Region), nil
}

// actor is who the stack acts as: its service role, or the caller with CloudFormation in between.
func (s *Service) actor(ctx context.Context, c call.Caller, roleARN *string) (call.Caller, error) {
	if roleARN == nil {
		return c.Through(principal), nil
	}
	return s.assume(ctx, call.ServiceCaller(principal, c.Account, c.Region), *roleARN, "AWSCloudFormation")
}

// passRole adds the permission to hand a role to CloudFormation.
func passRole(needs []call.Permission, roleARN *string) []call.Permission {
	if roleARN == nil {
		return needs
	}
	return append(needs, call.Permission{Action: "iam:PassRole", Resource: *roleARN, Context: map[string][]string{"iam:PassedToService": {principal}}})
}
