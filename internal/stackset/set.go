package stackset

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Set is a stack set as AWS describes it.
type Set struct {
	Name, ID   string
	Body       string
	Parameters map[string]string
	// SelfManaged sets reach accounts through roles that stand there; all others through AWS Organizations.
	SelfManaged bool
	// AutoDeployment gives accounts that join the set's units an instance by itself.
	AutoDeployment bool
	// ManagedExecution queues operations instead of refusing those that overlap.
	ManagedExecution bool
	// Units are the OUs and roots that the set was deployed through.
	Units []string
}

// UUID is the part of the set's id that AWS made at random: a set that was removed and made again has another one.
func (s *Set) UUID() string { return s.ID[strings.LastIndexByte(s.ID, ':')+1:] }

// Same says whether two readings of a set show the same template, parameters and permission model.
func (s *Set) Same(o *Set) bool {
	return s.ID == o.ID && s.Body == o.Body && s.SelfManaged == o.SelfManaged && maps.Equal(s.Parameters, o.Parameters)
}

// Find reads a set by name; [ErrNotFound] if there is none.
func (c *Client) Find(ctx context.Context, name string) (*Set, error) {
	out, err := c.cf.DescribeStackSet(ctx, &cloudformation.DescribeStackSetInput{StackSetName: &name, CallAs: c.callAs})
	if err != nil {
		return nil, wrap(err, "reading", name)
	}
	x := out.StackSet
	if x.Status == types.StackSetStatusDeleted {
		return nil, wrap(&types.StackSetNotFoundException{}, "reading", name)
	}
	s := &Set{
		Name: aws.ToString(x.StackSetName), ID: aws.ToString(x.StackSetId), Body: aws.ToString(x.TemplateBody),
		Parameters: map[string]string{}, SelfManaged: x.PermissionModel == types.PermissionModelsSelfManaged,
		AutoDeployment:   x.AutoDeployment != nil && aws.ToBool(x.AutoDeployment.Enabled),
		ManagedExecution: x.ManagedExecution != nil && aws.ToBool(x.ManagedExecution.Active),
		Units:            slices.Clone(x.OrganizationalUnitIds),
	}
	for _, p := range x.Parameters {
		s.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	return s, nil
}

// Names lists the active sets of the account and Region.
func (c *Client) Names(ctx context.Context) ([]string, error) {
	var out []string
	p := cloudformation.NewListStackSetsPaginator(c.cf, &cloudformation.ListStackSetsInput{Status: types.StackSetStatusActive, CallAs: c.callAs})
	err := pages(ctx, p.HasMorePages, p.NextPage, func(page *cloudformation.ListStackSetsOutput) {
		for _, s := range page.Summaries {
			out = append(out, aws.ToString(s.StackSetName))
		}
	})
	return out, wrap(err, "listing", "names")
}

// Content is what a set is made of.
type Content struct {
	Body        string
	Parameters  map[string]string
	Description string
	SelfManaged bool
	// NamedIAM acknowledges that the template names IAM resources, not only makes them.
	NamedIAM bool
}

// Create makes a set without instances. Automatic deployment is off, see [Client.SetAutoDeployment].
func (c *Client) Create(ctx context.Context, name string, content Content) error {
	in := &cloudformation.CreateStackSetInput{
		StackSetName: &name, TemplateBody: &content.Body, Parameters: parameters(content.Parameters), Description: &content.Description,
		Capabilities: capabilities(content.NamedIAM), PermissionModel: types.PermissionModelsSelfManaged, CallAs: c.callAs,
	}
	if !content.SelfManaged {
		in.PermissionModel = types.PermissionModelsServiceManaged
		in.AutoDeployment = &types.AutoDeployment{Enabled: aws.Bool(false)}
	}
	_, err := c.cf.CreateStackSet(ctx, in)
	if exists := (*types.NameAlreadyExistsException)(nil); errors.As(err, &exists) {
		return wrap(ErrChanged, "creating", name)
	}
	return wrap(err, "creating", name)
}

// Update sends new content to the targets. The other instances keep their stacks, and are marked OUTDATED. The set is
// read again right before: if it is no longer as was, nothing is sent and the error is [ErrChanged].
func (c *Client) Update(ctx context.Context, was *Set, content Content, to Target, id string) (operation string, err error) {
	return c.send(ctx, was, &cloudformation.UpdateStackSetInput{
		TemplateBody: &content.Body, Parameters: parameters(content.Parameters), Capabilities: capabilities(content.NamedIAM),
	}, to, id)
}

// Continue sends the content that the set has to further targets. Neither parameters nor automatic deployment go
// along: either would mark every instance OUTDATED again.
func (c *Client) Continue(ctx context.Context, was *Set, to Target, id string) (operation string, err error) {
	return c.send(ctx, was, &cloudformation.UpdateStackSetInput{
		UsePreviousTemplate: aws.Bool(true), Capabilities: capabilities(false),
	}, to, id)
}

// Replace gives a set without instances other content. Sent to a set that has instances it would change them all: it
// is refused then.
func (c *Client) Replace(ctx context.Context, was *Set, content Content, id string) (operation string, err error) {
	list, err := c.Instances(ctx, was.Name)
	if err != nil {
		return "", err
	}
	if len(list) > 0 {
		return "", wrap(ErrChanged, "updating", was.Name)
	}
	return c.sendTo(ctx, was, &cloudformation.UpdateStackSetInput{
		TemplateBody: &content.Body, Parameters: parameters(content.Parameters), Capabilities: capabilities(content.NamedIAM),
	}, id)
}

func (c *Client) send(ctx context.Context, was *Set, in *cloudformation.UpdateStackSetInput, to Target, id string) (string, error) {
	if to.Empty() {
		// Without targets AWS updates every instance.
		return "", errors.New("an update of a stack set needs targets")
	}
	in.Accounts, in.DeploymentTargets, in.Regions = to.accounts(), to.deployment(), to.Regions
	return c.sendTo(ctx, was, in, id)
}

// sendTo sends an update whose targets are set, if the set still is as it was read.
func (c *Client) sendTo(ctx context.Context, was *Set, in *cloudformation.UpdateStackSetInput, id string) (string, error) {
	now, err := c.Find(ctx, was.Name)
	if err != nil {
		return "", err
	}
	if !now.Same(was) {
		return "", wrap(ErrChanged, "updating", was.Name)
	}
	in.StackSetName, in.OperationPreferences, in.CallAs = &was.Name, preferences(), c.callAs
	if id != "" {
		in.OperationId = &id
	}
	out, err := c.cf.UpdateStackSet(ctx, in)
	if err != nil {
		return id, wrap(err, "updating", was.Name)
	}
	return aws.ToString(out.OperationId), nil
}

// SetAutoDeployment turns automatic deployment on or off. The call takes no targets and AWS may bring every instance
// up to the set's template by it, so call it only while all of them are CURRENT.
func (c *Client) SetAutoDeployment(ctx context.Context, was *Set, on bool, id string) (operation string, err error) {
	auto := &types.AutoDeployment{Enabled: &on}
	if on {
		auto.RetainStacksOnAccountRemoval = aws.Bool(false)
	}
	out, err := c.cf.UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &was.Name, UsePreviousTemplate: aws.Bool(true), Capabilities: capabilities(false),
		Parameters: previous(was.Parameters), AutoDeployment: auto, OperationPreferences: preferences(), CallAs: c.callAs, OperationId: &id,
	})
	if err != nil {
		return "", wrap(err, "changing automatic deployment of", was.Name)
	}
	return aws.ToString(out.OperationId), nil
}

// StopQueueing turns managed execution off: with it a second operator's operation would be queued, not refused.
func (c *Client) StopQueueing(ctx context.Context, was *Set, id string) (operation string, err error) {
	out, err := c.cf.UpdateStackSet(ctx, &cloudformation.UpdateStackSetInput{
		StackSetName: &was.Name, UsePreviousTemplate: aws.Bool(true), Capabilities: capabilities(false), Parameters: previous(was.Parameters),
		ManagedExecution: &types.ManagedExecution{Active: aws.Bool(false)}, OperationPreferences: preferences(), CallAs: c.callAs, OperationId: &id,
	})
	if err != nil {
		return "", wrap(err, "changing managed execution of", was.Name)
	}
	return aws.ToString(out.OperationId), nil
}

// Delete deletes a set without instances. A set that is gone is no error: an answer may have been lost.
func (c *Client) Delete(ctx context.Context, name string) error {
	_, err := c.cf.DeleteStackSet(ctx, &cloudformation.DeleteStackSetInput{StackSetName: &name, CallAs: c.callAs})
	if err = wrap(err, "deleting", name); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func parameters(values map[string]string) []types.Parameter {
	var out []types.Parameter
	for _, key := range slices.Sorted(maps.Keys(values)) {
		out = append(out, types.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(values[key])})
	}
	return out
}

func previous(values map[string]string) []types.Parameter {
	out := parameters(values)
	for i := range out {
		out[i].ParameterValue, out[i].UsePreviousValue = nil, aws.Bool(true)
	}
	return out
}
