// Package automation is the language of Systems Manager Automation documents (runbooks), schema version 0.3:
// parsing and checking, parameters, references such as {{ step.output }}, selectors and branch rules.
//
// It runs nothing. Facts are those of the Automation pages of the Systems Manager User Guide (reference sheet §4).
package automation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxContent is the largest text of a document, in bytes.
const MaxContent = 64 * 1024

// Document is a checked Automation document.
type Document struct {
	Description string
	AssumeRole  string // a role ARN, one reference to a parameter, or empty
	Parameters  []Parameter
	Steps       []Step
	Outputs     []string // STEP.OUTPUT names that the execution reports

	index map[string]int
}

// Parse reads a document and checks all of it: properties, actions, their inputs, the order of the steps, and that
// every reference has a target. Errors are [*InvalidError], [*SchemaVersionError] and [*UnsupportedError].
func Parse(content string, f Format) (*Document, error) {
	root, err := decode(content, f)
	if err != nil {
		return nil, err
	}
	top := newFields("", root)
	version, ok := top.take("schemaVersion")
	if text := fmt.Sprint(version); !ok || text != "0.3" {
		return nil, &SchemaVersionError{Version: text}
	}
	d := &Document{Description: top.text("description"), AssumeRole: top.text("assumeRole"), index: map[string]int{}}
	top.refuse("variables", "files")
	parameters, _ := top.take("parameters")
	steps := top.list("mainSteps")
	outputs := top.list("outputs")
	if err := top.done(); err != nil {
		return nil, err
	}
	if d.Parameters, err = parseParameters(parameters); err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, invalid("mainSteps", "there are no steps")
	}
	for i, v := range steps {
		s, err := parseStep(fmt.Sprintf("mainSteps[%d]", i), v)
		if err != nil {
			return nil, err
		}
		if _, twice := d.index[s.Name]; twice {
			return nil, invalid(s.path+".name", "there are two steps called %s", s.Name)
		}
		d.index[s.Name] = i
		d.Steps = append(d.Steps, s)
	}
	for i, v := range outputs {
		name, isText := v.(string)
		if !isText {
			return nil, invalid(fmt.Sprintf("outputs[%d]", i), "it is not a string")
		}
		d.Outputs = append(d.Outputs, name)
	}
	return d, d.check()
}

// Parameter finds a parameter by name.
func (d *Document) Parameter(name string) (Parameter, bool) {
	i := slices.IndexFunc(d.Parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return d.Parameters[i], true
}

// Step finds a step's index by name.
func (d *Document) Step(name string) (int, bool) {
	i, ok := d.index[name]
	return i, ok
}

var roleARN = regexp.MustCompile(`^arn:aws[a-zA-Z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)

// ValidRole says whether a text is the ARN of a role.
func ValidRole(arn string) bool { return roleARN.MatchString(arn) }

// check checks the references from one part of the document to another.
func (d *Document) check() error {
	if err := d.checkRole(); err != nil {
		return err
	}
	for _, s := range d.Steps {
		for _, next := range s.targets() {
			if _, ok := d.index[next.step]; !ok {
				return invalid(s.path+"."+next.property, "there is no step %s", next.step)
			}
		}
		if err := d.checkReferences(s.path+".inputs", s.Inputs); err != nil {
			return err
		}
		for _, r := range s.Choices {
			if err := d.checkReferences(s.path+".inputs.Choices", r.values()); err != nil {
				return err
			}
		}
	}
	for i, name := range d.Outputs {
		ref := Reference{Text: name}
		var ok bool
		if ref.Step, ref.Output, ok = strings.Cut(name, "."); !ok {
			return invalid(fmt.Sprintf("outputs[%d]", i), "%q is not STEP.OUTPUT", name)
		}
		if err := d.checkReference(fmt.Sprintf("outputs[%d]", i), ref); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkRole() error {
	if d.AssumeRole == "" || ValidRole(d.AssumeRole) {
		return nil
	}
	ref, whole := wholeReference(d.AssumeRole)
	if !whole || ref.Parameter == "" {
		return invalid("assumeRole", "it is neither the ARN of a role nor a reference to one parameter")
	}
	return d.checkReference("assumeRole", ref)
}

func (d *Document) checkReferences(path string, v any) error {
	switch t := v.(type) {
	case string:
		for _, ref := range references(t) {
			if err := d.checkReference(path, ref); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(t) {
			if len(references(k)) > 0 {
				return invalid(path, "the key %q has a reference, which only values may have", k)
			}
			if err := d.checkReferences(path+"."+k, t[k]); err != nil {
				return err
			}
		}
	case []any:
		for i, e := range t {
			if err := d.checkReferences(fmt.Sprintf("%s[%d]", path, i), e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Document) checkReference(path string, ref Reference) error {
	switch {
	case ref.Parameter != "":
		if _, ok := d.Parameter(ref.Parameter); !ok {
			return invalid(path, "{{ %s }} names no parameter of the document", ref.Text)
		}
	case ref.Step != "":
		i, ok := d.index[ref.Step]
		if !ok {
			return invalid(path, "{{ %s }} names no step of the document", ref.Text)
		}
		if !d.Steps[i].hasOutput(ref.Output) {
			return invalid(path, "{{ %s }}: the step %s has no output %s", ref.Text, ref.Step, ref.Output)
		}
	case ref.Scope == "variable":
		return unsupported("the runbook variable {{ %s }}", ref.Text)
	case ref.Scope == "ssm":
		return invalid(path, "{{ %s }}: a Parameter Store value is allowed only in a parameter's default", ref.Text)
	case !slices.Contains(systemNames, ref.Scope+":"+ref.Name):
		return invalid(path, "{{ %s }} is not known", ref.Text)
	}
	return nil
}
