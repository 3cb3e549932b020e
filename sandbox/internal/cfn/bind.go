package cfn

import (
	"maps"
	"slices"
	"strings"
)

// Env is the environment of a stack: the values of the pseudo parameters.
type Env struct {
	AccountID, Region, Partition, URLSuffix, StackID, StackName string
}

// Bound is a template with its parameter values. It is immutable and safe for concurrent use.
type Bound struct {
	Template *Template
	// Values are the parameter values as given, or the defaults.
	Values map[string]string

	evaluator evaluator
	order     []*Resource
}

// OutputValue is one evaluated output.
type OutputValue struct{ Name, Description, Value string }

// Bind checks parameter values, asserts the rules, evaluates the conditions and orders the resources.
func (t *Template) Bind(given map[string]string, env Env) (*Bound, error) {
	values, params, err := t.bindParameters(given)
	if err != nil {
		return nil, err
	}
	b := &Bound{Template: t, Values: values, evaluator: evaluator{
		t: t, params: params, conditions: map[string]bool{},
		pseudo: map[string]any{
			"AWS::AccountId": env.AccountID, "AWS::Region": env.Region, "AWS::Partition": env.Partition,
			"AWS::URLSuffix": env.URLSuffix, "AWS::StackId": env.StackID, "AWS::StackName": env.StackName,
			"AWS::NotificationARNs": []any{}, "AWS::NoValue": noValue{},
		},
	}}
	for _, r := range t.rules {
		if err := r.assert(&b.evaluator); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.conditions)) {
		if _, err := b.evaluator.condition(name); err != nil {
			return nil, err
		}
	}
	active := slices.DeleteFunc(slices.Clone(t.Resources), func(r *Resource) bool {
		return r.Condition != "" && !b.evaluator.conditions[r.Condition]
	})
	if b.order, err = t.order(active, b.evaluator.conditions); err != nil {
		return nil, err
	}
	for _, o := range t.Outputs {
		if err := b.checkOutput(o, active); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// CheckValues checks parameter values without a stack.
func (t *Template) CheckValues(given map[string]string) error {
	_, _, err := t.bindParameters(given)
	return err
}

func (t *Template) bindParameters(given map[string]string) (map[string]string, map[string]any, error) {
	var unknown, missing []string
	for name := range given {
		if t.params[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, nil, fail(nil, "Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	}
	values := make(map[string]string, len(t.params))
	for _, p := range t.Parameters {
		switch v, ok := given[p.Name]; {
		case ok:
			values[p.Name] = v
		case p.Default != nil:
			values[p.Name] = *p.Default
		default:
			missing = append(missing, p.Name)
		}
	}
	if len(missing) > 0 {
		return nil, nil, fail(nil, "Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	params := make(map[string]any, len(values))
	for _, p := range t.Parameters {
		x, err := p.value(values[p.Name])
		if err != nil {
			return nil, nil, err
		}
		params[p.Name] = x
	}
	return values, params, nil
}

// dependencies are the resources that r depends on, each once, in order of appearance.
func (r *Resource) dependencies(conditions map[string]bool, isResource func(string) bool) []string {
	deps := slices.Clone(r.DependsOn)
	add := func(ref reference) {
		if isResource(ref.name) && !slices.Contains(deps, ref.name) {
			deps = append(deps, ref.name)
		}
	}
	r.properties.referencesOf(conditions, add)
	r.metadata.referencesOf(conditions, add)
	return deps
}

// order puts resources after those that they depend on, otherwise in the template's order. With conditions, a dependency
// that is not among the resources is an error. Without conditions (at Parse), all branches of Fn::If count, and only
// cycles through DependsOn and plain references are found.
func (t *Template) order(resources []*Resource, conditions map[string]bool) ([]*Resource, error) {
	if conditions == nil && len(t.conditions) > 0 {
		return nil, nil // only Bind knows which branches count
	}
	active := make(map[string]*Resource, len(resources))
	for _, r := range resources {
		active[r.LogicalID] = r
	}
	isResource := func(name string) bool { return t.resources[name] != nil }
	const open, done = 1, 2
	state := map[string]int{}
	var order []*Resource
	var path, unresolved []string
	var visit func(r *Resource) error
	visit = func(r *Resource) error {
		if state[r.LogicalID] == done {
			return nil
		}
		if state[r.LogicalID] == open {
			cycle := slices.Clone(path[slices.Index(path, r.LogicalID):])
			slices.Sort(cycle)
			return fail(r.properties, "Circular dependency between resources: [%s]", strings.Join(cycle, ", "))
		}
		state[r.LogicalID] = open
		path = append(path, r.LogicalID)
		for _, d := range r.dependencies(conditions, isResource) {
			next := active[d]
			switch {
			case next != nil:
				if err := visit(next); err != nil {
					return err
				}
			case slices.Contains(r.DependsOn, d): // DependsOn a resource that is not made is ignored
			case !slices.Contains(unresolved, d):
				unresolved = append(unresolved, d)
			}
		}
		path = path[:len(path)-1]
		state[r.LogicalID] = done
		order = append(order, r)
		return nil
	}
	for _, r := range resources {
		if err := visit(r); err != nil {
			return nil, err
		}
	}
	if len(unresolved) > 0 {
		return nil, malformed(nil, "Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(unresolved, ", "))
	}
	return order, nil
}

// checkOutput refuses an output that refers to a resource which is not made.
func (b *Bound) checkOutput(o *Output, active []*Resource) error {
	if !b.wants(o) {
		return nil
	}
	var missing string
	o.value.referencesOf(b.evaluator.conditions, func(ref reference) {
		isActive := slices.ContainsFunc(active, func(r *Resource) bool { return r.LogicalID == ref.name })
		if b.Template.resources[ref.name] != nil && !isActive {
			missing = ref.name
		}
	})
	if missing != "" {
		return malformed(o.value, "Unresolved resource dependencies [%s] in the Outputs block of the template", missing)
	}
	return nil
}

func (b *Bound) wants(o *Output) bool {
	return o.condition == "" || b.evaluator.conditions[o.condition]
}

// Resources are the resources whose conditions are true, each after those that it depends on.
func (b *Bound) Resources() []*Resource { return b.order }

// Dependencies are the resources that r depends on.
func (b *Bound) Dependencies(r *Resource) []string {
	return r.dependencies(b.evaluator.conditions, func(name string) bool { return b.Template.resources[name] != nil })
}

// with is the evaluator with a resolver of resources.
func (b *Bound) with(res Resolver) *evaluator {
	e := b.evaluator
	e.resolver = res
	return &e
}

// Properties evaluates a resource's properties to strings, booleans, [encoding/json.Number]s, lists and objects.
func (b *Bound) Properties(r *Resource, res Resolver) (map[string]any, error) {
	return b.with(res).object(r.properties)
}

// Metadata evaluates a resource's Metadata to JSON; it is empty without one.
func (b *Bound) Metadata(r *Resource, res Resolver) (string, error) {
	if r.metadata == nil {
		return "", nil
	}
	x, err := b.with(res).object(r.metadata)
	if err != nil {
		return "", err
	}
	return jsonText(x)
}

// Outputs evaluates the outputs whose conditions are true.
func (b *Bound) Outputs(res Resolver) ([]OutputValue, error) {
	e := b.with(res)
	var out []OutputValue
	for _, o := range b.Template.Outputs {
		if !b.wants(o) {
			continue
		}
		s, err := e.string(o.value, "Template format error: Output "+o.Name+" is malformed. The Value field of every Outputs member must evaluate to a String.")
		if err != nil {
			return nil, err
		}
		out = append(out, OutputValue{Name: o.Name, Description: o.Description, Value: s})
	}
	return out, nil
}
