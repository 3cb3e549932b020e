// Package cfn reads and evaluates CloudFormation templates. It is pure: it makes no call and keeps no state.
//
// [Parse] reads a YAML or JSON body, and checks its structure and every name that it refers to. Its errors have AWS's own
// texts. [Template.Bind] checks parameter values, asserts the rules, evaluates the conditions and orders the resources. A
// [Bound] then evaluates the properties of one resource after another while they are provisioned.
//
// What is not implemented (transforms, exports, dynamic references, some functions and parameter types) is an
// [Unsupported] error that names it.
//
// The texts are CloudFormation's, as users report them in public issue threads. Those without such a report are marked
// UNCONFIRMED.
package cfn

// Quotas of a template (docs: AWSCloudFormation/latest/UserGuide/cloudformation-limits, 2023).
const (
	// MaxBody is the length of a template body in bytes when it is sent inline.
	MaxBody = 51_200
	// MaxResources is how many resources a template may have.
	MaxResources = 500
	// MaxParameters is how many parameters a template may have.
	MaxParameters = 200
	// MaxOutputs is how many outputs a template may have.
	MaxOutputs = 200
	// MaxMappings is how many mappings a template may have.
	MaxMappings = 200
	// MaxParameterValue is the length of a parameter value in bytes.
	MaxParameterValue = 4_096
	maxDescription    = 1_024
)

// Template is a checked template. It is immutable and safe for concurrent use.
type Template struct {
	Version     string // 2010-09-09 or empty
	Description string
	Metadata    *Value // nil without the section
	Parameters  []*Parameter
	Resources   []*Resource
	Outputs     []*Output

	mappings   map[string]map[string]map[string]any
	conditions map[string]*Value
	rules      []*rule
	params     map[string]*Parameter
	resources  map[string]*Resource
}

// Policy is what happens to a resource that its stack removes.
type Policy string

// The policies of DeletionPolicy and UpdateReplacePolicy. Snapshot is refused: no supported type has snapshots.
const (
	Delete               Policy = "Delete"
	Retain               Policy = "Retain"
	RetainExceptOnCreate Policy = "RetainExceptOnCreate"
)

// Resource is one entry of Resources, as written.
type Resource struct {
	LogicalID           string
	Type                string
	Condition           string // empty: always made
	DependsOn           []string
	DeletionPolicy      Policy
	UpdateReplacePolicy Policy

	properties *Value // nil, or an object
	metadata   *Value // nil without Metadata
}

// Output is one entry of Outputs, as written.
type Output struct {
	Name        string
	Description string

	condition string
	value     *Value
}

// Attribute is one attribute of a resource that the template reads by Fn::GetAtt or Fn::Sub.
type Attribute struct{ LogicalID, Name string }

// Resource finds a resource by its logical id.
func (t *Template) Resource(logicalID string) (*Resource, bool) {
	r, ok := t.resources[logicalID]
	return r, ok
}

// Parameter finds a parameter by its name.
func (t *Template) Parameter(name string) (*Parameter, bool) {
	p, ok := t.params[name]
	return p, ok
}

// ResourceTypes are the types in use, each once, in order of first use.
func (t *Template) ResourceTypes() []string {
	var types []string
	seen := map[string]bool{}
	for _, r := range t.Resources {
		if !seen[r.Type] {
			seen[r.Type] = true
			types = append(types, r.Type)
		}
	}
	return types
}

// Attributes are the attributes of resources that the template reads. Only the provisioner knows which attributes a type
// has; [NoAttribute] is the error for one that it does not have.
func (t *Template) Attributes() []Attribute {
	var out []Attribute
	seen := map[Attribute]bool{}
	collect := func(v *Value) {
		v.references(func(ref reference) {
			a := Attribute{ref.name, ref.attribute}
			if ref.attribute != "" && !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		})
	}
	for _, r := range t.Resources {
		collect(r.properties)
		collect(r.metadata)
	}
	for _, o := range t.Outputs {
		collect(o.value)
	}
	return out
}
