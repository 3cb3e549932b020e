package sandbox

import (
	"cmp"
	"fmt"

	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/iampolicy"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/automation"
)

// Template is a CloudFormation template, checked as the sandbox checks those of stacks.
type Template struct{ parsed *cfn.Template }

// ParseTemplate reads a template of YAML or JSON. What CloudFormation refuses and what the sandbox does not support
// is an error that says which.
func ParseTemplate(body string) (*Template, error) {
	parsed, err := cfn.Parse(body)
	if err != nil {
		return nil, err
	}
	return &Template{parsed}, nil
}

// Capability is what whoever deploys the template has to acknowledge, such as CAPABILITY_IAM, or empty.
func (t *Template) Capability() string {
	capability, _ := t.parsed.Capability()
	return capability
}

// Constraint is the ConstraintDescription of a parameter, or empty.
func (t *Template) Constraint(parameter string) string {
	if p, ok := t.parsed.Parameter(parameter); ok {
		return p.ConstraintDescription
	}
	return ""
}

// StackPlace is where a template is evaluated, and what its resources are called there.
type StackPlace struct {
	Account, Region string
	// Partition is that of the Region if it is left out.
	Partition string
	// Ref and Attribute answer Ref and Fn::GetAtt of a resource. If they are left out, a resource is called by its
	// logical id, and an attribute LOGICALID.NAME.
	Ref       func(logicalID string) string
	Attribute func(logicalID, name string) string
}

// Resource is one evaluated resource of a template.
type Resource struct {
	LogicalID, Type string
	// Properties are strings, booleans, json.Numbers, lists and objects.
	Properties map[string]any
}

// Output is one evaluated output of a template.
type Output struct{ Name, Value string }

// Evaluate says which resources a stack of the template makes, in the order of their making, and its outputs.
// Parameters without a value take their defaults.
func (t *Template) Evaluate(parameters map[string]string, at StackPlace) ([]Resource, []Output, error) {
	at.Partition = cmp.Or(at.Partition, function.Partition(at.Region))
	bound, err := t.parsed.Bind(parameters, cfn.Env{AccountID: at.Account, Region: at.Region, Partition: at.Partition})
	if err != nil {
		return nil, nil, err
	}
	var resources []Resource
	for _, r := range bound.Resources() {
		properties, err := bound.Properties(r, resolver{at})
		if err != nil {
			return nil, nil, err
		}
		resources = append(resources, Resource{LogicalID: r.LogicalID, Type: r.Type, Properties: properties})
	}
	values, err := bound.Outputs(resolver{at})
	if err != nil {
		return nil, nil, err
	}
	outputs := make([]Output, len(values))
	for i, v := range values {
		outputs[i] = Output{Name: v.Name, Value: v.Value}
	}
	return resources, outputs, nil
}

type resolver struct{ at StackPlace }

// Ref implements [cfn.Resolver].
func (r resolver) Ref(id string) (string, error) {
	if r.at.Ref == nil {
		return id, nil
	}
	return r.at.Ref(id), nil
}

// Attribute implements [cfn.Resolver].
func (r resolver) Attribute(id, name string) (any, error) {
	if r.at.Attribute == nil {
		return id + "." + name, nil
	}
	return r.at.Attribute(id, name), nil
}

// PolicyKind says what an IAM policy document is attached to.
type PolicyKind string

// The kinds of policy documents.
const (
	IdentityPolicy PolicyKind = "identity" // of a role: no Principal
	ResourcePolicy PolicyKind = "resource" // of a resource: Principal and Resource
	TrustPolicy    PolicyKind = "trust"    // of a role's trust: Principal, no Resource
)

// CheckPolicy refuses a policy document that IAM calls malformed, and elements that the sandbox does not support.
func CheckPolicy(document string, kind PolicyKind) error {
	kinds := map[PolicyKind]iampolicy.Kind{IdentityPolicy: iampolicy.Identity, ResourcePolicy: iampolicy.Resource, TrustPolicy: iampolicy.Trust}
	k, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("a policy of kind %q is none that IAM has", kind)
	}
	_, err := iampolicy.Parse(document, k)
	return err
}

// BindRunbook checks the YAML or JSON text of an Automation document and gives its parameters' values: those given,
// else the defaults.
func BindRunbook(content string, given map[string][]string) (map[string]any, error) {
	doc, err := automation.Parse(content, automation.YAML)
	if err != nil {
		return nil, err
	}
	return doc.Bind(given)
}
