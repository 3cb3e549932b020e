package cfn

import (
	"slices"
	"strings"
)

// pseudo are the pseudo parameters.
var pseudo = []string{
	"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
}

// checker checks the functions of a template before any value is known.
type checker struct {
	t     *Template
	block string // Resources, Outputs, Conditions, Rules
	path  string // the block and the name of its entry
	place place
	// unresolved are references to nothing, in order of appearance.
	unresolved []string
}

// check finds calls of unknown, refused and misplaced functions and wrong shapes below v.
func (c *checker) check(v *Value) error {
	if v == nil {
		return nil
	}
	if v.Kind == Scalar {
		if v.scalar == nil {
			return malformed(v, "[/%s] 'null' values are not allowed in templates", c.path)
		}
		if s, ok := v.literal(); ok {
			return refuseDynamic(v, s)
		}
		return nil
	}
	if err := c.checkCall(v); err != nil {
		return err
	}
	for _, item := range v.items {
		if err := c.check(item); err != nil {
			return err
		}
	}
	for _, f := range v.fields {
		if err := c.check(f.value); err != nil {
			return err
		}
	}
	return nil
}

// refuseDynamic refuses dynamic references: {{resolve:ssm:…}}.
func refuseDynamic(v *Value, s string) error {
	if _, after, ok := strings.Cut(s, "{{resolve:"); ok {
		what, _, _ := strings.Cut(after, ":")
		return refuse(v, "dynamic references (resolve:%s)", what)
	}
	return nil
}

// checkCall checks v as a call, if it is one.
func (c *checker) checkCall(v *Value) error {
	name, arg := c.call(v)
	if name == "" {
		return nil
	}
	switch known := knownFunctions[name]; {
	case strings.HasPrefix(name, "Fn::ForEach"):
		return refuse(v, "the function Fn::ForEach (a function of the transform AWS::LanguageExtensions)")
	case known == "":
		return fail(v, "Template error: Encountered unsupported function: %s Supported functions are: %s", name, supportedFunctions)
	case known != "yes":
		return refuse(v, "%s", known)
	case len(v.fields) != 1:
		return malformed(v, "the function %s is next to other keys", name) // UNCONFIRMED: the text
	}
	f := functions[name]
	if f.places&c.place == 0 {
		// UNCONFIRMED: the text.
		return fail(v, "Template error: %s is not supported in the %s block of the template", name, c.block)
	}
	if !f.shape(arg) {
		return fail(v, "%s", f.rule)
	}
	return c.checkNames(name, v, arg)
}

// call is the function's name and argument if v is meant as a call.
func (c *checker) call(v *Value) (string, *Value) {
	for _, f := range v.fields {
		if strings.HasPrefix(f.key, "Fn::") || f.key == "Ref" && len(v.fields) == 1 || f.key == "Condition" && len(v.fields) == 1 && c.place == inConditions {
			return f.key, f.value
		}
	}
	return "", nil
}

func (c *checker) checkNames(name string, v, arg *Value) error {
	switch name {
	case "Ref", "Fn::GetAtt", "Fn::Sub":
		if name == "Fn::Sub" {
			at, text, _ := sub(arg)
			if _, ok := subParts(text); !ok {
				return fail(at, "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons")
			}
		}
		// The names of this call only. Those of nested calls are checked with these calls.
		var err error
		v.referencesOf(nil, func(r reference) {
			if err == nil && (r.at == arg || r.at == firstOf(arg)) {
				err = c.resolve(r)
			}
		})
		return err
	case "Fn::If":
		return c.condition(arg.items[0])
	case "Condition":
		return c.condition(arg)
	case "Fn::FindInMap":
		return c.mapping(arg)
	}
	return nil
}

func firstOf(v *Value) *Value {
	if v.Kind == List && len(v.items) > 0 {
		return v.items[0]
	}
	return nil
}

// resolve checks that a name exists.
func (c *checker) resolve(r reference) error {
	if r.attribute == "" {
		if slices.Contains(pseudo, r.name) || c.t.params[r.name] != nil {
			return nil
		}
		if c.place == inProperties && c.t.resources[r.name] != nil {
			return nil
		}
		if !slices.Contains(c.unresolved, r.name) {
			c.unresolved = append(c.unresolved, r.name)
		}
		return nil
	}
	if c.place == inProperties && c.t.resources[r.name] != nil {
		return nil
	}
	if r.by == "Fn::Sub" {
		return fail(r.at, "Template error: instance of Fn::Sub references invalid resource attribute %s.%s", r.name, r.attribute)
	}
	return fail(r.at, "Template error: instance of Fn::GetAtt references undefined resource %s", r.name)
}

// finish reports the references to nothing.
func (c *checker) finish() error {
	if len(c.unresolved) == 0 {
		return nil
	}
	names := strings.Join(c.unresolved, ", ")
	if c.place == inProperties {
		return malformed(nil, "Unresolved resource dependencies [%s] in the %s block of the template", names, c.block)
	}
	return malformed(nil, "Unresolved dependencies [%s]. Cannot reference resources in the %s block of the template", names, c.block)
}

func (c *checker) condition(v *Value) error {
	name, _ := v.literal()
	if c.t.conditions[name] == nil {
		return malformed(v, "Unresolved condition dependency %s in the %s block of the template", name, c.block)
	}
	return nil
}

func (c *checker) mapping(arg *Value) error {
	for _, item := range arg.items {
		if name, _, ok := item.function(); ok && name != "Ref" && name != "Fn::FindInMap" {
			return refuse(item, "%s inside Fn::FindInMap (the transform AWS::LanguageExtensions)", name)
		}
	}
	if name, ok := arg.items[0].literal(); ok && c.t.mappings[name] == nil {
		return fail(arg, "Template error: Mapping named '%s' is not present in the 'Mappings' section of template.", name)
	}
	return nil
}
