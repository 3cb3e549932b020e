package automation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Step is one step of a document.
type Step struct {
	Name        string
	Action      string // with its prefix: aws:executeScript
	MaxAttempts int
	Timeout     time.Duration
	TimeoutSet  bool   // the document has timeoutSeconds
	OnFailure   string // Abort, Continue or step:NAME
	IsCritical  bool
	IsEnd       bool
	NextStep    string // empty: the next in order
	Inputs      map[string]any
	Outputs     []Output
	Choices     []Choice // of aws:branch
	Default     string   // of aws:branch

	path string
}

// Output is a named part of what an action returned.
type Output struct {
	Name     string
	Selector Selector
	Type     Type
}

// The actions that the sandbox runs.
const (
	ExecuteScript = "aws:executeScript"
	ExecuteAwsAPI = "aws:executeAwsApi"
	Assert        = "aws:assertAwsResourceProperty"
	WaitFor       = "aws:waitForAwsResourceProperty"
	Branch        = "aws:branch"
	Sleep         = "aws:sleep"
)

// otherActions are those of AWS that the sandbox does not run (Automation actions reference).
var otherActions = []string{
	"approve", "changeInstanceState", "copyImage", "createImage", "createStack", "createTags", "deleteImage", "deleteStack",
	"executeAutomation", "executeStateMachine", "invokeLambdaFunction", "invokeWebhook", "loop", "pause", "runCommand",
	"runInstances", "updateVariable",
}

var (
	stepName   = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)
	outputName = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_ -]*$`)
)

func parseStep(path string, v any) (Step, error) {
	f := newFields(path, v)
	s := Step{
		path: path, Name: f.need("name"), Action: f.need("action"),
		MaxAttempts: max(1, int(f.count("maxAttempts"))), OnFailure: f.text("onFailure"),
		IsEnd: f.flag("isEnd", false), NextStep: f.text("nextStep"),
	}
	f.text("description") // no operation shows it
	if s.OnFailure == "" {
		s.OnFailure = "Abort"
	}
	s.IsCritical = f.flag("isCritical", s.OnFailure != "Continue")
	seconds := f.count("timeoutSeconds")
	s.TimeoutSet = seconds > 0
	if onCancel := f.text("onCancel"); strings.HasPrefix(onCancel, "step:") {
		f.err = unsupported("onCancel %s (%s)", onCancel, path)
	} else if onCancel != "" && onCancel != "Abort" {
		f.fail("onCancel", "it is neither Abort nor step:NAME")
	}
	inputs, hasInputs := f.take("inputs")
	outputs := f.list("outputs")
	if err := f.done(); err != nil {
		return s, err
	}
	switch name, aws := strings.CutPrefix(s.Action, "aws:"); {
	case !stepName.MatchString(s.Name):
		return s, invalid(path+".name", "a step's name has letters, digits and _")
	case aws && slices.Contains(otherActions, name):
		return s, unsupported("the action %s (%s)", s.Action, path)
	case s.OnFailure != "Abort" && s.OnFailure != "Continue" && !strings.HasPrefix(s.OnFailure, "step:"):
		return s, invalid(path+".onFailure", "it is neither Abort, Continue nor step:NAME")
	case !hasInputs:
		return s, invalid(path+".inputs", "it is missing")
	}
	limit, err := s.parseInputs(inputs)
	if err != nil {
		return s, err
	}
	if s.Timeout = time.Duration(seconds) * time.Second; s.Timeout == 0 {
		s.Timeout = limit
	}
	if s.Action == ExecuteScript && s.Timeout > limit {
		return s, invalid(path+".timeoutSeconds", "a script runs for at most %.0f seconds", limit.Seconds())
	}
	return s, s.parseOutputs(outputs)
}

func (s *Step) parseOutputs(list []any) error {
	for i, v := range list {
		f := newFields(fmt.Sprintf("%s.outputs[%d]", s.path, i), v)
		o := Output{Name: f.need("Name"), Type: Type(f.text("Type"))}
		selector := f.need("Selector")
		if o.Type == "" {
			o.Type = String // the guide's default
		}
		if err := f.done(); err != nil {
			return err
		}
		var err error
		o.Selector, err = ParseSelector(selector)
		switch {
		case err != nil:
			f.fail("Selector", "%v", err)
		case !o.Type.Valid():
			f.fail("Type", "there is no type %q", o.Type)
		case !outputName.MatchString(o.Name):
			f.fail("Name", "%q is not a name", o.Name)
		case s.hasOutput(o.Name):
			f.fail("Name", "there are two outputs called %s", o.Name)
		case s.Action == Branch || s.Action == Sleep || s.Action == Assert || s.Action == WaitFor:
			f.fail("", "the action %s has no outputs to select from", s.Action)
		}
		if f.err != nil {
			return f.err
		}
		s.Outputs = append(s.Outputs, o)
	}
	return nil
}

// hasOutput says whether the step has an output of that name.
func (s *Step) hasOutput(name string) bool {
	if s.Action == ExecuteScript && name == "Payload" {
		return true
	}
	return slices.ContainsFunc(s.Outputs, func(o Output) bool { return o.Name == name })
}

type target struct{ property, step string }

// targets are the steps that the step names as its next ones.
func (s *Step) targets() []target {
	var out []target
	if s.NextStep != "" {
		out = append(out, target{"nextStep", s.NextStep})
	}
	if name, ok := strings.CutPrefix(s.OnFailure, "step:"); ok {
		out = append(out, target{"onFailure", name})
	}
	for i, c := range s.Choices {
		out = append(out, target{fmt.Sprintf("inputs.Choices[%d].NextStep", i), c.NextStep})
	}
	if s.Default != "" {
		out = append(out, target{"inputs.Default", s.Default})
	}
	return out
}
