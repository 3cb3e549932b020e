package guard

import (
	"fmt"
	"strings"

	"github.com/layerfleet/layerfleet/guard/syntax"
)

// Step is one step of the way to a verdict, with those that it is made of. It
// prints as a tree.
type Step struct {
	// Text is what was evaluated: "rule NAME", a clause on one line, "when", "one
	// of" before alternatives, "for PATH" before the body of a block.
	Text   string `json:"text"`
	Status Status `json:"status"`
	// Clause is what was evaluated, nil for rules, conditions, alternatives and
	// the bodies of blocks.
	Clause syntax.Clause `json:"-"`
	// Pos is where it is in the rule file; zero where Clause is nil, but for
	// rules.
	Pos Position `json:"rule,omitzero"`
	// Because says why, where Values and Steps do not show it.
	Because string `json:"because,omitempty"`
	// Values are the values that the clause asked about.
	Values []Comparison `json:"values,omitempty"`
	Steps  []*Step      `json:"children,omitempty"`
}

// Comparison is one value that a clause asked about.
type Comparison struct {
	// Path is the JSON pointer of the value, or of the last that was found on the
	// way to one that is missing; Data is its place in the document.
	Path string   `json:"path"`
	Data Position `json:"data,omitzero"`
	// Found is the value, empty if it is missing.
	Found  string `json:"found,omitempty"`
	Status Status `json:"status"`
	// With is what it was compared with, if anything.
	With    string `json:"with,omitempty"`
	Because string `json:"because,omitempty"`
}

// String is the comparison on one line: PATH (FILE:LINE:COLUMN) is …, compared
// with …: why.
func (c Comparison) String() string {
	line := named(c.Path)
	if c.Data.Line > 0 {
		line += fmt.Sprintf(" (%s)", c.Data)
	}
	if c.Found != "" {
		line += " is " + c.Found
		if c.With != "" {
			line += ", compared with " + c.With
		}
	}
	if c.Because != "" {
		line += ": " + c.Because
	}
	return printable(line)
}

// String is the step as a tree, with what it is made of on the lines below.
func (s *Step) String() string { return s.Tree(Status.String) }

// Tree is [Step.String] with verdicts as a function writes them, for colors.
func (s *Step) Tree(verdict func(Status) string) string {
	var b strings.Builder
	s.branch(&b, verdict, "", "")
	return b.String()
}

// branch writes a step after its own lead, what belongs to it after that of the
// lines below.
func (s *Step) branch(b *strings.Builder, verdict func(Status) string, lead, below string) {
	fmt.Fprintf(b, "%s%s  %s", lead, verdict(s.Status), s.Text)
	if s.Pos.Line > 0 {
		b.WriteString("  " + s.Pos.String())
	}
	b.WriteString("\n")
	bar := "   "
	if len(s.Steps) > 0 {
		bar = "│  "
	}
	if s.Because != "" {
		fmt.Fprintf(b, "%s%s   because %s\n", below, bar, s.Because)
	}
	for _, v := range s.Values {
		fmt.Fprintf(b, "%s%s   %s  %s\n", below, bar, verdict(v.Status), v)
	}
	for i, c := range s.Steps {
		if i == len(s.Steps)-1 {
			c.branch(b, verdict, below+"└─ ", below+"   ")
		} else {
			c.branch(b, verdict, below+"├─ ", below+"│  ")
		}
	}
}
