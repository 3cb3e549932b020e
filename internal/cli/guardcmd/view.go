package guardcmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/internal/term"
)

// writeEvaluation prints the verdicts with the reasons of failures, or with the
// explanations where there are any.
func writeEvaluation(t *term.Terminal, out evaluation) error {
	var b strings.Builder
	counts := map[guard.Status]int{}
	for _, file := range out.Files {
		counts[file.Status]++
		fmt.Fprintf(&b, "%s: %s\n", file.Data, painted(t)(file.Status))
		for _, r := range file.Rules {
			if r.Explanation != nil {
				b.WriteString(r.Explanation.Tree(painted(t)))
				continue
			}
			fmt.Fprintf(&b, "  %s  %s\n", painted(t)(r.Status), r.Name)
			for _, f := range r.Findings {
				writeFinding(&b, "        ", f)
			}
		}
	}
	if _, err := io.WriteString(t.Out(), b.String()); err != nil {
		return err
	}
	if len(out.Files) > 1 {
		t.Say("%d documents: %d FAIL, %d PASS, %d SKIP", len(out.Files), counts[guard.StatusFail], counts[guard.StatusPass], counts[guard.StatusSkip])
	}
	return nil
}

// writeFinding prints a reason and the clause below it, indented.
func writeFinding(b *strings.Builder, indent string, f guard.Finding) {
	fmt.Fprintf(b, "%s%s\n%s  %s: %s\n", indent, f, indent, f.Pos, f.Clause)
}

// painted writes verdicts in their colors.
func painted(t *term.Terminal) func(guard.Status) string {
	return func(s guard.Status) string {
		switch s {
		case guard.StatusFail:
			return t.Paint(term.Red, s.String())
		case guard.StatusPass:
			return t.Paint(term.Green, s.String())
		}
		return t.Paint(term.Yellow, s.String())
	}
}

// oneLine is a piece of a policy with its white space made single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
