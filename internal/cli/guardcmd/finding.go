package guardcmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/internal/term"
)

// place is where something stands in a file; line and column count from 1.
type place struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func (p place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// finding is one reason for the failure of a rule.
type finding struct {
	Clause  string `json:"clause"`
	At      place  `json:"location"`
	Message string `json:"message,omitempty"`
	// Path is the JSON pointer of the value, or of the last one found on the
	// way; Data is its place.
	Path     string `json:"path"`
	Data     place  `json:"data"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Reason   string `json:"reason"`
	Missing  string `json:"missing,omitempty"`
	Nearest  string `json:"nearest,omitempty"`
}

func findings(rules string, d document, all []guard.Finding) []finding {
	out := make([]finding, len(all))
	for i, f := range all {
		out[i] = finding{
			Clause: clause(f), At: place{rules, f.Pos.Line, f.Pos.Column}, Message: f.Message,
			Path: f.Path, Data: place{d.file(f.Path), f.Line, f.Column},
			Expected: f.Expected, Found: f.Found, Reason: f.Reason, Missing: f.Missing, Nearest: f.Nearest,
		}
	}
	return out
}

// clause is the text of the clause without its message.
func clause(f guard.Finding) string {
	text := oneLine(f.Clause)
	if before, _, ok := strings.Cut(text, "<<"); ok && f.Message != "" && strings.HasSuffix(text, ">>") {
		text = strings.TrimSpace(before)
	}
	return text
}

// oneLine is a piece of a policy with its white space made single blanks.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// writeFinding prints a reason, indented.
func writeFinding(w *strings.Builder, indent string, f finding) {
	fmt.Fprintf(w, "%s%s: %s\n", indent, f.At, f.Clause)
	if f.Message != "" {
		fmt.Fprintf(w, "%s  %s\n", indent, oneLine(f.Message))
	}
	what := f.Reason
	if f.Path != "" {
		what = f.Path + ": " + what
	}
	if f.Found != "" {
		what += ", found " + f.Found
	}
	fmt.Fprintf(w, "%s  %s: %s\n", indent, f.Data, what)
	if f.Nearest != "" {
		fmt.Fprintf(w, "%s  did you mean %s?\n", indent, f.Nearest)
	}
}

// writeEvaluation prints the verdicts with the reasons of failures, or with the
// explanations where there are any.
func writeEvaluation(t *term.Terminal, out evaluation) error {
	var b strings.Builder
	counts := map[string]int{}
	for _, file := range out.Files {
		counts[file.Status]++
		fmt.Fprintf(&b, "%s: %s\n", file.Data, painted(t, file.Status))
		for _, r := range file.Rules {
			if r.Explanation != nil {
				r.Explanation.write(&b, t)
				continue
			}
			fmt.Fprintf(&b, "  %s  %s\n", painted(t, r.Status), r.Name)
			for _, f := range r.Findings {
				writeFinding(&b, "        ", f)
			}
		}
	}
	if _, err := io.WriteString(t.Out(), b.String()); err != nil {
		return err
	}
	if len(out.Files) > 1 {
		t.Say("%d documents: %d FAIL, %d PASS, %d SKIP", len(out.Files), counts["FAIL"], counts["PASS"], counts["SKIP"])
	}
	return nil
}

// painted is a verdict in its colour.
func painted(t *term.Terminal, status string) string {
	switch status {
	case "FAIL":
		return t.Paint(term.Red, status)
	case "PASS":
		return t.Paint(term.Green, status)
	}
	return t.Paint(term.Yellow, status)
}
