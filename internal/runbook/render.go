package runbook

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/layerfleet/layerfleet/internal/count"
)

//go:embed runbook.py
var script string

//go:embed stack
var stack embed.FS

// Script is the runbook's Python script.
func Script() string { return script }

// page is what the common template needs of both kinds.
type page struct {
	table
	Hash, State string
	// Name is the expression of the name, NameIn the same inside of Fn::Sub.
	Name, NameIn       string
	Description        string // of the rule
	Automatic, Percent string
	Pace               int
	Remediates         bool
	Schedule           string // the expression; empty without the resource
}

// Standalone is deploy/lambdalayer.yaml.
func Standalone() (string, error) {
	return execute("standalone.yaml", page{
		Name: "!Ref Name", NameIn: "${Name}", Description: description, Automatic: "!If [Automatic, true, false]",
		Percent: "!Ref ConcurrentPercentage", Pace: ConcurrencyFor(0).PaceSeconds, Remediates: true, Schedule: "!Ref ScheduleExpression",
	})
}

// description is that of the rule, without the revision.
const description = "Lambda functions use the wanted versions of shared layers ($LATEST only). Made by layerfleet."

// revisionNote goes before the number of the revision in the rule's description.
const revisionNote = " Revision "

// RevisionOf is the number of the revision that the rule of a pair has, from its description; 0 where none stands there.
func RevisionOf(ruleDescription string) int {
	_, after, _ := strings.Cut(ruleDescription, description+revisionNote)
	n, err := strconv.Atoi(after)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Render is the CloudFormation template that enforces the content. It has no parameters, and is the same text for the
// same content, whatever the order of its moves. Former revisions are left out, oldest first, where they do not fit. It
// fails for moves that contradict themselves and for more of them than AWS's quotas take.
func Render(c Content) (string, error) {
	c, t, err := c.prepare()
	if err != nil {
		return "", err
	}
	hash, err := c.digest(t)
	if err != nil {
		return "", err
	}
	for ; ; c.Former = c.Former[1:] {
		state, err := c.state()
		if err != nil {
			return "", err
		}
		text, err := execute("table.yaml", c.page(t, hash, state))
		if err != nil {
			return "", err
		}
		if err := fits("the template", "bytes", len(text), maxTemplate); err == nil || len(c.Former) == 0 {
			return text, err
		}
	}
}

// Same reports whether a template of this content would do the same as the one that was read: only the revision and
// its history differ.
func (c Content) Same(deployed Content) (bool, error) {
	c, t, err := c.prepare()
	if err != nil {
		return false, err
	}
	hash, err := c.digest(t)
	return hash == deployed.Hash, err
}

// prepare checks the content, and puts it in the forms that templates are made of.
func (c Content) prepare() (Content, table, error) {
	if err := c.check(); err != nil {
		return c, table{}, err
	}
	c, err := c.normal()
	if err != nil {
		return c, table{}, err
	}
	t, err := newTable(c.Moves)
	if err != nil {
		return c, table{}, err
	}
	return c, t, t.fits()
}

// digest is the hash of the template without its revisions, and of what is sent with it.
func (c Content) digest(t table) (string, error) {
	c.Number, c.At, c.By, c.Tool, c.Former = 0, time.Time{}, "", "", nil
	state, err := json.Marshal(c) // as it is: how it is compressed depends on the compiler's version
	if err != nil {
		return "", fmt.Errorf("writing the state down: %w", err)
	}
	body, err := execute("table.yaml", c.page(t, "", string(state)))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, body, Capabilities(), c.SelfManaged))
	return hex.EncodeToString(sum[:]), nil
}

func (c Content) page(t table, hash, state string) page {
	p := page{
		table: t, Hash: strconv.Quote(hash), State: state, Name: strconv.Quote(c.Name), NameIn: c.Name,
		Automatic: strconv.FormatBool(c.Automatic), Percent: strconv.Itoa(c.Concurrency.Percent), Pace: c.Concurrency.PaceSeconds,
		Remediates: !c.NoRemediation, Description: description,
	}
	if c.Schedule != "" {
		p.Schedule = strconv.Quote(c.Schedule)
	}
	if c.Number > 0 {
		p.Description += revisionNote + strconv.Itoa(c.Number)
	}
	return p
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
		"here":   here,
		"plural": count.Of,
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
		for group := range slices.Chunk(terms, maxOr) {
			if len(group) == 1 {
				groups = append(groups, group[0])
			} else {
				groups = append(groups, "!Or ["+strings.Join(group, ", ")+"]")
			}
		}
		terms = groups
	}
	return terms[0]
}
