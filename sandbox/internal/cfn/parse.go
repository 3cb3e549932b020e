package cfn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Parse reads and checks a template body. Errors are [*Error] or [*Unsupported].
func Parse(body string) (*Template, error) {
	root, err := read(body)
	if err != nil {
		return nil, err
	}
	if root.Kind != Object {
		return nil, malformed(root, "unsupported structure.")
	}
	t := &Template{
		mappings: map[string]map[string]map[string]any{}, conditions: map[string]*Value{},
		params: map[string]*Parameter{}, resources: map[string]*Resource{},
	}
	if err := t.sections(root); err != nil {
		return nil, err
	}
	if err := t.checkAll(); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Template) sections(root *Value) error {
	read := map[string]func(*Value) error{
		"AWSTemplateFormatVersion": t.readVersion, "Description": t.readDescription,
		"Metadata": func(v *Value) error { t.Metadata = v; return nil },
		"Parameters": func(v *Value) error {
			return entries(v, "Parameters", "Parameter", MaxParameters, t.readParameter)
		},
		"Mappings":   func(v *Value) error { return entries(v, "Mappings", "Mappings", MaxMappings, t.readMapping) },
		"Conditions": func(v *Value) error { return entries(v, "Conditions", "Condition", 0, t.readCondition) },
		"Rules":      func(v *Value) error { return entries(v, "Rules", "Rule", 0, t.readRule) },
		"Resources":  func(v *Value) error { return entries(v, "Resources", "Resource", MaxResources, t.readResource) },
		"Outputs":    func(v *Value) error { return entries(v, "Outputs", "Output", MaxOutputs, t.readOutput) },
	}
	var unknown []string
	for _, f := range root.fields {
		section := read[f.key]
		switch {
		case f.key == "Transform":
			names, _ := stringsOf(f.value)
			return refuse(f.value, "the transform %s", strings.Join(names, ", "))
		case f.key == "Hooks":
			return refuse(f.value, "the section Hooks")
		case section == nil:
			unknown = append(unknown, f.key)
		case f.value.Kind == Scalar && f.value.scalar == nil:
			return malformed(f.value, "[/%s] 'null' values are not allowed in templates", f.key)
		default:
			if err := section(f.value); err != nil {
				return err
			}
		}
	}
	if len(unknown) > 0 {
		return fail(root, "Invalid template property or properties [%s]", strings.Join(unknown, ", "))
	}
	if len(t.Resources) == 0 {
		return malformed(root, "At least one Resources member must be defined.")
	}
	return nil
}

// entries reads the entries of a section: named by letters and digits, at most limit of them unless it is 0.
func entries(v *Value, section, kind string, limit int, read func(name string, v *Value) error) error {
	if v.Kind != Object {
		return malformed(v, "[/%s] is not an object", section) // UNCONFIRMED: the text
	}
	if limit > 0 && len(v.fields) > limit {
		return malformed(v, "Number of %s, %d, is greater than maximum allowed, %d", strings.ToLower(section), len(v.fields), limit)
	}
	for _, f := range v.fields {
		if !isAlphanumeric(f.key) {
			return malformed(f.value, "%s name %s is non alphanumeric.", kind, f.key)
		}
		if err := read(f.key, f.value); err != nil {
			return err
		}
	}
	return nil
}

func (t *Template) readVersion(v *Value) error {
	t.Version, _ = v.literal()
	if t.Version != "2010-09-09" {
		return malformed(v, "unsupported value for AWSTemplateFormatVersion.")
	}
	return nil
}

func (t *Template) readDescription(v *Value) error {
	s, ok := v.literal()
	switch {
	case !ok:
		return malformed(v, "The Description field of every template must be a string.") // UNCONFIRMED: the text
	case len(s) > maxDescription:
		return malformed(v, "'Description' length is greater than %d", maxDescription)
	}
	t.Description = s
	return nil
}

func (t *Template) readMapping(name string, v *Value) error {
	bad := func(at *Value) error {
		return malformed(at, "Every Mappings attribute must be a String or a List.")
	}
	if v.Kind != Object {
		return bad(v)
	}
	m := map[string]map[string]any{}
	for _, top := range v.fields {
		if top.value.Kind != Object || !mappingKey(top.key) {
			return bad(top.value)
		}
		m[top.key] = map[string]any{}
		for _, second := range top.value.fields {
			var value any
			if s, ok := second.value.text(); ok {
				value = s
			} else if l, ok := stringsOf(second.value); ok && second.value.Kind == List {
				value = anyList(l)
			} else {
				return bad(second.value)
			}
			if !mappingKey(second.key) {
				return malformed(second.value, "Mappings attribute %s is non alphanumeric.", second.key) // UNCONFIRMED: the text
			}
			m[top.key][second.key] = value
		}
	}
	t.mappings[name] = m
	return nil
}

// mappingKey: letters, digits, hyphens and dots (the form in cfn-lint's schema of Mappings).
func mappingKey(s string) bool {
	return isAlphanumeric(strings.NewReplacer("-", "", ".", "").Replace(s))
}

func (t *Template) readCondition(name string, v *Value) error {
	t.conditions[name] = v
	return nil
}

// resourceKeys are the supported attributes of a resource.
var resourceKeys = []string{"Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}

func (t *Template) readResource(id string, v *Value) error {
	if v.Kind != Object {
		return malformed(v, "[/Resources/%s] Every Resources object must be an object.", id) // UNCONFIRMED: the text
	}
	r := &Resource{LogicalID: id, DeletionPolicy: Delete, UpdateReplacePolicy: Delete}
	for _, f := range v.fields {
		switch {
		case f.key == "CreationPolicy" || f.key == "UpdatePolicy":
			return refuse(f.value, "the resource attribute %s", f.key)
		case !slices.Contains(resourceKeys, f.key):
			return fail(f.value, "Invalid template resource property '%s'", f.key)
		}
	}
	var ok bool
	if r.Type, ok = v.get("Type").literal(); !ok || r.Type == "" {
		return malformed(v, "[/Resources/%s] Every Resources object must contain a Type member.", id)
	}
	if c := v.get("Condition"); c != nil {
		if r.Condition, ok = c.literal(); !ok {
			return malformed(c, "[/Resources/%s] Every Condition member must be a string.", id)
		}
	}
	if d := v.get("DependsOn"); d != nil {
		if r.DependsOn, ok = stringsOf(d); !ok {
			return malformed(d, "[/Resources/%s] Every DependsOn member must be a string or a list of strings.", id) // UNCONFIRMED: the text
		}
	}
	if r.properties = v.get("Properties"); r.properties != nil && r.properties.Kind != Object {
		return malformed(r.properties, "[/Resources/%s] Every Properties member must be an object.", id) // UNCONFIRMED: the text
	}
	r.metadata = v.get("Metadata")
	if err := readPolicy(v, "DeletionPolicy", &r.DeletionPolicy, Delete, Retain, RetainExceptOnCreate); err != nil {
		return err
	}
	if err := readPolicy(v, "UpdateReplacePolicy", &r.UpdateReplacePolicy, Delete, Retain); err != nil {
		return err
	}
	t.Resources = append(t.Resources, r)
	t.resources[id] = r
	return nil
}

func readPolicy(v *Value, key string, into *Policy, allowed ...Policy) error {
	p := v.get(key)
	if p == nil {
		return nil
	}
	s, ok := p.literal()
	if s == "Snapshot" {
		return refuse(p, "the %s Snapshot", key)
	}
	if !ok || !slices.Contains(allowed, Policy(s)) {
		return malformed(p, "Unrecognized %s %s for resource", key, s) // UNCONFIRMED: the text
	}
	*into = Policy(s)
	return nil
}

func (t *Template) readOutput(name string, v *Value) error {
	o := &Output{Name: name, value: v.get("Value")}
	for _, f := range v.fields {
		ok := true
		switch f.key {
		case "Value":
		case "Description":
			o.Description, ok = f.value.literal()
		case "Condition":
			o.condition, ok = f.value.literal()
		case "Export":
			return refuse(f.value, "exports (Outputs/%s/Export)", name)
		default:
			return fail(f.value, "Invalid template output property '%s'", f.key) // UNCONFIRMED: the text
		}
		if !ok {
			return malformed(f.value, "Output %s is malformed. The %s field of every Outputs member must be a String.", name, f.key)
		}
	}
	if o.value == nil {
		return malformed(v, "Output %s is malformed. Every Outputs member must contain a Value object", name)
	}
	t.Outputs = append(t.Outputs, o)
	return nil
}

// checkAll checks functions and names, which may refer to later sections.
func (t *Template) checkAll() error {
	cc := &checker{t: t, block: "Conditions", path: "Conditions", place: inConditions}
	for _, name := range slices.Sorted(maps.Keys(t.conditions)) {
		if err := cc.check(t.conditions[name]); err != nil {
			return err
		}
	}
	if err := cc.finish(); err != nil {
		return err
	}
	if err := t.conditionCycle(); err != nil {
		return err
	}
	rc := &checker{t: t, block: "Rules", path: "Rules", place: inRules}
	for _, r := range t.rules {
		if err := r.each(rc.check); err != nil {
			return err
		}
	}
	if err := rc.finish(); err != nil {
		return err
	}
	c := &checker{t: t, block: "Resources", place: inProperties}
	for _, r := range t.Resources {
		if err := c.resource(r); err != nil {
			return err
		}
	}
	if err := c.finish(); err != nil {
		return err
	}
	oc := &checker{t: t, block: "Outputs", place: inProperties}
	for _, o := range t.Outputs {
		oc.path = "Outputs/" + o.Name
		if o.condition != "" && t.conditions[o.condition] == nil {
			return malformed(o.value, "Unresolved condition dependency %s in the Outputs block of the template", o.condition)
		}
		if err := oc.check(o.value); err != nil {
			return err
		}
	}
	if err := oc.finish(); err != nil {
		return err
	}
	_, err := t.order(t.Resources, nil)
	return err
}

func (c *checker) resource(r *Resource) error {
	c.path = fmt.Sprintf("Resources/%s", r.LogicalID)
	if r.Condition != "" && c.t.conditions[r.Condition] == nil {
		return malformed(r.properties, "Unresolved condition dependency %s in the Resources block of the template", r.Condition)
	}
	for _, d := range r.DependsOn {
		if c.t.resources[d] == nil && !slices.Contains(c.unresolved, d) {
			c.unresolved = append(c.unresolved, d)
		}
	}
	if err := c.check(r.properties); err != nil {
		return err
	}
	return c.check(r.metadata)
}

// stringsOf reads a string, or a list of scalars as strings.
func stringsOf(v *Value) ([]string, bool) {
	if s, ok := v.literal(); ok {
		return []string{s}, true
	}
	if v.Kind != List {
		return nil, false
	}
	out := make([]string, 0, len(v.items))
	for _, item := range v.items {
		s, ok := item.text()
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func anyList(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}
