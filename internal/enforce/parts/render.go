package parts

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// Names of the template's parameters, which both kinds of template share.
const (
	ParameterName      = "Name"
	ParameterAutomatic = "AutomaticRemediation"
	ParameterExempt    = "ExemptTag"
	ParameterSchedule  = "ScheduleExpression"
)

// Names of the parameters that only the stand-alone template has.
const (
	ParameterOld         = "OldLayerArn"
	ParameterNew         = "NewLayerArn"
	ParameterSHA256      = "NewLayerSha256"
	ParameterSameVersion = "SameVersionInAllRegions"
)

// DefaultExemptTag is the default of [ParameterExempt].
const DefaultExemptTag = "LayerfleetExempt"

//go:embed runbook.py
var script string

//go:embed stack
var stack embed.FS

// Script is the runbook's Python script.
func Script() string { return script }

// Standalone is deploy/lambdalayer.yaml.
func Standalone() (string, error) { return execute("standalone.yaml", nil) }

// Targets are where a stack set is meant to go in a Region: whatever a deployment that was cut short has reached, the
// template says where it was going.
type Targets struct {
	Units    []string // ids of OUs and roots: their accounts, and those that join them
	Accounts []string // single accounts
}

// Template is the CloudFormation template that enforces the moves; to is by Region. It is the same text for the same
// moves and targets, whatever their order. It fails for moves that contradict themselves and for more of them than AWS's quotas take.
func Template(moves []Move, to map[string]Targets) (string, error) {
	t, err := newTable(moves)
	if err != nil {
		return "", err
	}
	t.Targets = to
	text, err := execute("table.yaml", t)
	if err != nil {
		return "", err
	}
	if err := errors.Join(t.fits(), fits("the template", "bytes", len(text), maxTemplate)); err != nil {
		return "", err
	}
	return text, nil
}

// execute puts the named kind's own sections into the common template.
func execute(kind string, data any) (string, error) {
	t := template.New("common.yaml")
	t.Funcs(template.FuncMap{
		"script": func(n int) string { return indent(n, strings.TrimSuffix(script, "\n")) },
		"indent": indent,
		"quote":  func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" },
		"trim":   strings.TrimSpace,
		"local":  local,
		"vars":   vars,
		"rule":   guardRule,
		"any":    anyVersion,
		"among":  among,
		"oneOf":  oneOf,
		"sorted": func(list []string) []string { return slices.Sorted(slices.Values(list)) },
		"here":   here,
		"item": func(n int, name string, data any) (string, error) {
			var b strings.Builder
			err := t.ExecuteTemplate(&b, name, data)
			return indent(n, "- "+strings.TrimSpace(indent(2, b.String()))), err
		},
	})
	if _, err := t.ParseFS(stack, "stack/common.yaml", "stack/"+kind); err != nil {
		return "", fmt.Errorf("template of a stack: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("template of a stack: %w", err)
	}
	return b.String(), nil
}

// indent puts n spaces before each line that has anything.
func indent(n int, text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = strings.Repeat(" ", n) + l
		}
	}
	return strings.Join(lines, "\n")
}

// prefix is the beginning of the ARNs of the stack's Region, for Fn::Sub.
const prefix = "arn:${AWS::Partition}:lambda:${AWS::Region}:"

// local is the layer version ARN of the parameter OldLayerArn or NewLayerArn in the stack's Region, for Fn::Sub with vars.
func local(which string) string {
	return prefix + "${" + which + "Account}:layer:${" + which + "Layer}"
}

// vars are the variables of local.
func vars(which string) string {
	return fmt.Sprintf(`{ %[1]sAccount: !Select [4, !Split [":", !Ref %[1]sLayerArn]], %[1]sLayer: !Select [1, !Split [":layer:", !Ref %[1]sLayerArn]] }`, which)
}

// ARN is the layer's ARN in the stack's Region, without a version, for Fn::Sub.
func (c column) ARN() string { return prefix + c.Layer.Account + ":layer:" + c.Layer.Name }

// OldARNs and RightARNs are expressions of the versions to leave and the right ones.
func (c column) OldARNs() []string { return c.expressions(c.Olds) }

// RightARNs: see OldARNs.
func (c column) RightARNs() []string { return c.expressions(c.Right) }

func (c column) expressions(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = fmt.Sprintf(`!Sub ["%s:${V}", { V: !FindInMap [Versions, !Ref AWS::Region, %s] }]`, c.ARN(), c.Key(k))
	}
	return out
}

// Guard is the layer's Guard rule with variables of Fn::Sub.
func (c column) Guard() string {
	return c.rule("${Exempt}", func(key string) string { return c.ARN() + ":${" + key + "}" })
}

// In are the Regions where the layer is enforced.
func (c column) In() []string { return c.in() }

// maxOr is how many conditions Fn::Or takes.
const maxOr = 10

// here is the condition that the stack's Region is one of those.
func here(regions []string) string {
	var terms []string
	for _, r := range regions {
		terms = append(terms, "!Equals [!Ref AWS::Region, "+r+"]")
	}
	for len(terms) > 1 {
		var groups []string
		for len(terms) > 0 {
			n := min(maxOr, len(terms))
			if n == 1 {
				groups = append(groups, terms[0])
			} else {
				groups = append(groups, "!Or ["+strings.Join(terms[:n], ", ")+"]")
			}
			terms = terms[n:]
		}
		terms = groups
	}
	return terms[0]
}
