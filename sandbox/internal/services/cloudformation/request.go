package cloudformation

import (
	"context"
	"errors"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
	"github.com/layerfleet/layerfleet/sandbox/internal/session"
)

// input is what the inputs of CreateStack, UpdateStack and CreateChangeSet have in common.
type input struct {
	body         *string
	usePrevious  bool
	parameters   []types.Parameter
	tags         []types.Tag
	capabilities []types.Capability
	roleARN      *string
}

// desired is the state that a request brings a stack to. st has the previous state, if any. The shard is locked.
func (s *Service) desired(st *stack, r input) (desired, error) {
	d := desired{body: aws.ToString(r.body), capabilities: r.capabilities, roleARN: r.roleARN, tags: map[string]string{}}
	var err error
	if r.usePrevious {
		if st.template == nil || r.body != nil {
			return d, request.Invalid("Invalid request: UsePreviousTemplate needs a stack with a template, and no other template") // UNCONFIRMED: the text
		}
		d.body, d.template = st.body, st.template
	} else if d.template, err = s.template(r.body); err != nil {
		return d, err
	}
	if err := request.Acknowledged(d.template, r.capabilities); err != nil {
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
			return nil, request.Invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true and non empty value for a parameter", key)
		default:
			old, ok := "", false
			if previous != nil {
				old, ok = previous.Values[key]
			}
			if !ok {
				return nil, request.Invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true for a parameter key not in the previous template", key)
			}
			values[key] = old
		}
	}
	return values, nil
}

// unknown gives placeholders for the values of resources that do not exist yet, and records that it did.
type unknown struct{ used bool }

func (u *unknown) Ref(string) (string, error) {
	u.used = true
	return "unknown", nil
}

func (u *unknown) Attribute(string, string) (any, error) {
	u.used = true
	return "unknown", nil
}

// supported finds errors before any resource is made: a type or a property that the sandbox does not support, and a
// function that fails on known values. Other errors occur when the resource is made, as in AWS.
func (s *Service) supported(b *cfn.Bound) error {
	for _, r := range b.Resources() {
		if s.types[r.Type] == nil {
			return apierr.Unsupported("the resource type %s (resource %s)", r.Type, r.LogicalID)
		}
		later := &unknown{}
		props, err := b.Properties(r, later)
		if err != nil {
			if later.used {
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

// actor is the caller of a stack's calls: a session of its service role, or the caller through CloudFormation.
func (s *Service) actor(ctx context.Context, c call.Caller, roleARN *string) (call.Caller, error) {
	if roleARN == nil {
		return c.Through(principal), nil
	}
	as, err := session.Assume(ctx, s.Dispatcher, call.ServiceCaller(principal, c.Account, c.Region), *roleARN, "AWSCloudFormation")
	return as.Caller, err
}
