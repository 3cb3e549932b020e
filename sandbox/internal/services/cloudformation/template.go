package cloudformation

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/request"
)

func (s *Service) templateOps() []*call.Op {
	return []*call.Op{
		call.Operation("cloudformation", "ValidateTemplate", s.validateTemplate).Accepts("TemplateBody"),
		call.Operation("cloudformation", "GetTemplateSummary", s.getTemplateSummary).
			Accepts("TemplateBody", "StackName", "StackSetName", "CallAs").
			Permissions(call.On(func(c call.Caller, in *api.GetTemplateSummaryInput) string {
				if in.StackName != nil {
					return s.stackARN(c, in.StackName)
				}
				return "*"
			})),
	}
}

// template reads a body and checks the attributes of supported resource types. An unsupported type is refused only when
// such a resource is to be made: a template may have it under a condition that is false.
func (s *Service) template(body *string) (*cfn.Template, error) {
	if body == nil {
		return nil, request.Invalid("Either Template URL or Template Body must be specified.")
	}
	if rule := apierr.Length(len(*body), 1, cfn.MaxBody); rule != "" {
		return nil, request.Constraint(fmt.Sprintf("%.64s…", *body), "templateBody", rule)
	}
	if t := s.recent.get(*body); t != nil {
		return t, nil
	}
	t, err := cfn.Parse(*body)
	if err != nil {
		return nil, templateError(err)
	}
	for _, a := range t.Attributes() {
		r, _ := t.Resource(a.LogicalID)
		if known := s.types[r.Type]; known != nil && !known.HasAttribute(a.Name) {
			return nil, templateError(cfn.NoAttribute(a))
		}
	}
	s.recent.put(*body, t)
	return t, nil
}

// recent is the last template that was read: a stack set sends the same body to every account and Region.
type recent struct {
	mu   sync.Mutex
	body string
	t    *cfn.Template
}

func (r *recent) get(body string) *cfn.Template {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == body {
		return r.t
	}
	return nil
}

func (r *recent) put(body string, t *cfn.Template) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.body, r.t = body, t
}

func (s *Service) validateTemplate(_ context.Context, _ call.Caller, in *api.ValidateTemplateInput) (*api.ValidateTemplateOutput, error) {
	t, err := s.template(in.TemplateBody)
	if err != nil {
		return nil, err
	}
	out := &api.ValidateTemplateOutput{Description: aws.String(t.Description), Parameters: []types.TemplateParameter{}}
	for _, p := range t.Parameters {
		out.Parameters = append(out.Parameters, types.TemplateParameter{
			ParameterKey: aws.String(p.Name), DefaultValue: p.Default, NoEcho: aws.Bool(p.NoEcho), Description: optional.Text(p.Description),
		})
	}
	out.Capabilities, out.CapabilitiesReason = capabilitiesOf(t)
	return out, nil
}

func (s *Service) getTemplateSummary(_ context.Context, c call.Caller, in *api.GetTemplateSummaryInput) (*api.GetTemplateSummaryOutput, error) {
	body := in.TemplateBody
	switch {
	case in.StackName != nil:
		sh := s.shard(c)
		sh.mu.Lock()
		st, err := sh.find(*in.StackName)
		if err == nil {
			body = aws.String(st.body)
		}
		sh.mu.Unlock()
		if err != nil {
			return nil, err
		}
	case in.StackSetName != nil:
		text, err := s.stackSets.TemplateBody(c, *in.StackSetName, in.CallAs)
		if err != nil {
			return nil, err
		}
		body = &text
	}
	t, err := s.template(body)
	if err != nil {
		return nil, err
	}
	out := &api.GetTemplateSummaryOutput{
		Description: optional.Text(t.Description), Version: optional.Text(t.Version), ResourceTypes: t.ResourceTypes(), Parameters: []types.ParameterDeclaration{},
	}
	if t.Metadata != nil {
		out.Metadata = aws.String(t.Metadata.JSON())
	}
	for _, p := range t.Parameters {
		d := types.ParameterDeclaration{
			ParameterKey: aws.String(p.Name), ParameterType: aws.String(string(p.Type)), DefaultValue: p.Default,
			NoEcho: aws.Bool(p.NoEcho), Description: optional.Text(p.Description), ParameterConstraints: &types.ParameterConstraints{},
		}
		if len(p.AllowedValues) > 0 {
			d.ParameterConstraints.AllowedValues = p.AllowedValues
		}
		out.Parameters = append(out.Parameters, d)
	}
	out.Capabilities, out.CapabilitiesReason = capabilitiesOf(t)
	return out, nil
}

func capabilitiesOf(t *cfn.Template) ([]types.Capability, *string) {
	c, why := t.Capability()
	if c == "" {
		return nil, nil
	}
	return []types.Capability{types.Capability(c)}, aws.String(cfn.CapabilityReason(why))
}
