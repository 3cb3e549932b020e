package guardcmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/term"
)

// writeTested prints what was not as expected, what no case evaluates, and the
// counts.
func writeTested(t *term.Terminal, out tested) error {
	var b strings.Builder
	for _, file := range out.Files {
		if file.Error != "" {
			fmt.Fprintf(&b, "%s: %s %s\n", file.Rules, t.Paint(term.Red, "error:"), file.Error)
		}
		for _, tests := range file.Tests {
			for _, c := range tests.Cases {
				writeCase(&b, t, tests.File, c)
			}
		}
		if c := file.Coverage; c != nil && len(file.Tests) > 0 {
			writeCoverage(&b, file.Rules, c)
		}
	}
	s := out.Summary
	fmt.Fprintf(&b, "%s, %s: %d passed, %d failed", count.Of(s.Cases, "case"), count.Of(s.Expectations, "expectation"), s.Passed, s.Failed)
	if s.UnknownRules > 0 {
		fmt.Fprintf(&b, ", %d for rules that do not exist", s.UnknownRules)
	}
	b.WriteString("\n")
	_, err := io.WriteString(t.Out(), b.String())
	return err
}

func writeCase(b *strings.Builder, t *term.Terminal, file string, c testCase) {
	name := c.Name
	if name == "" {
		name = "case without a name"
	}
	if c.Error != "" {
		fmt.Fprintf(b, "%s: %s: %s\n", guard.Position{File: file, Line: c.Line, Column: 1}, name, c.Error)
	}
	for _, e := range c.Expectations {
		at := guard.Position{File: file, Line: e.Line, Column: 1}
		switch e.Outcome {
		case unknownRule:
			fmt.Fprintf(b, "%s: %s: there is no rule %s\n", at, name, e.Rule)
		case failed:
			if c.Error != "" {
				continue
			}
			var got []string
			for _, s := range e.Got {
				got = append(got, painted(t)(s))
			}
			fmt.Fprintf(b, "%s: %s: rule %s is %s, expected %s\n", at, name, e.Rule, strings.Join(got, " and "), e.Expected)
			for _, f := range e.Findings {
				writeFinding(b, "    ", f)
			}
		}
	}
}

// mostMissed is how many clauses without a test are listed; -o json has all.
const mostMissed = 10

func writeCoverage(b *strings.Builder, rules string, c *coverage) {
	if len(c.Missed) == 0 {
		return
	}
	fmt.Fprintf(b, "%s: %d of %s evaluated, but not:\n", rules, c.Evaluated, count.Of(c.Clauses, "clause"))
	for i, m := range c.Missed {
		if i == mostMissed {
			fmt.Fprintf(b, "  … and %d more\n", len(c.Missed)-i)
			break
		}
		fmt.Fprintf(b, "  %s: %s\n", guard.Position{File: rules, Line: m.Line, Column: m.Column}, m.Clause)
	}
}
