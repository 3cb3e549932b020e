package guardcmd

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/lint"
	"github.com/layerfleet/layerfleet/internal/cli/command"
	"github.com/layerfleet/layerfleet/internal/count"
	"github.com/layerfleet/layerfleet/internal/hint"
	"github.com/layerfleet/layerfleet/internal/report"
	"github.com/layerfleet/layerfleet/internal/term"
)

// linted is the JSON value of lint.
type linted struct {
	FormatVersion string       `json:"format_version"`
	Dialect       string       `json:"dialect"`
	Files         []lintedFile `json:"files"`
}

type lintedFile struct {
	File     string        `json:"file"`
	Findings []lintFinding `json:"findings"`
}

type lintFinding struct {
	Code        string   `json:"code"`
	Title       string   `json:"title"`
	Rule        string   `json:"rule,omitempty"`
	Message     string   `json:"message"`
	Location    location `json:"location"`
	Text        string   `json:"text"`
	Rewrite     *rewrite `json:"rewrite,omitempty"`
	Explanation string   `json:"explanation"`
	Example     example  `json:"example"`
}

// location is where a construct is; lines and columns count from 1, and the
// end is the place after the last character.
type location struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"end_line"`
	EndColumn int `json:"end_column"`
}

// rewrite is what to write instead of a span of the file, in bytes.
type rewrite struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// example shows a code: what to avoid and to prefer, and documents with the
// verdicts of both.
type example struct {
	Avoid     string            `json:"avoid"`
	Prefer    string            `json:"prefer"`
	Documents []exampleDocument `json:"documents"`
}

type exampleDocument struct {
	About    string       `json:"about"`
	Document string       `json:"document"`
	Avoid    lint.Verdict `json:"avoid"`
	Prefer   lint.Verdict `json:"prefer"`
}

func newLint(f *command.Factory) *cobra.Command {
	var d dialect
	var code string
	var format command.Format
	cmd := &cobra.Command{
		Use:   "lint FILE…",
		Short: "find constructs in policies whose verdict is surprising",
		Long: `lint reads policies and reports what does not mean what it seems to mean, or what the
engine of the dialect does not accept: with a code, why, a document that shows it, and
what to write instead. The dialect is that of AWS Config unless --dialect is given.

The exit code is 0 if nothing is found, 2 if something is, 1 if a policy cannot be
read. --explain CODE prints the page of a code; an unknown code lists all of them.`,
		Example: `  layerfleet guard lint layers.guard
  layerfleet guard lint rules/*.guard --dialect 3 -o json
  layerfleet guard lint --explain some-inequality`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case code != "" && len(args) > 0:
				return command.FlagError(fmt.Errorf("--explain needs no files"), cmd)
			case code == "" && len(args) == 0:
				return need(cmd, "a policy")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if code != "" {
				return describe(f, code)
			}
			return runLint(f, args, d.Dialect, format)
		},
	}
	cmd.Flags().StringVar(&code, "explain", "", "print the page of a code")
	complete(cmd, "explain", codes()...)
	d.flag(cmd)
	command.FormatFlag(cmd, &format)
	return cmd
}

func describe(f *command.Factory, code string) error {
	if e, ok := lint.Describe(code); ok {
		_, err := io.WriteString(f.Terminal.Out(), e.Page())
		return err
	}
	err := hint.With(fmt.Errorf("no code %q", code), "the codes are "+strings.Join(codes(), ", "))
	if near := hint.Nearest(code, codes()); near != "" {
		err = hint.With(err, "did you mean "+near+"?")
	}
	return err
}

func codes() []string {
	var all []string
	for _, e := range lint.Entries() {
		all = append(all, e.Code)
	}
	return all
}

func runLint(f *command.Factory, names []string, d guard.Dialect, format command.Format) error {
	out := linted{FormatVersion: report.FormatVersion, Dialect: d.String(), Files: []lintedFile{}}
	total := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		found, err := lint.Source(text, lint.Options{Name: name, Dialect: d})
		if err != nil {
			return otherDialect(err, text, d)
		}
		total += len(found)
		out.Files = append(out.Files, lintedFile{File: name, Findings: described(found)})
	}
	if err := f.Show(format, out, func() error { return writeLint(f.Terminal, out) }); err != nil {
		return err
	}
	if format == command.Text {
		f.Terminal.Say("%s", count.Of(total, "finding"))
	}
	return command.Conclude(true, total > 0)
}

// described joins findings with what is known of their codes.
func described(found []lint.Finding) []lintFinding {
	out := make([]lintFinding, len(found))
	for i, x := range found {
		e, _ := lint.Describe(x.Code)
		one := lintFinding{
			Code: x.Code, Title: e.Title, Rule: x.Rule, Message: x.Message, Text: x.Text, Explanation: e.Why,
			Location: location{x.Start.Line, x.Start.Column, x.End.Line, x.End.Column},
			Example:  example{Avoid: e.Avoid, Prefer: e.Prefer},
		}
		if x.Rewrite != "" {
			one.Rewrite = &rewrite{x.RewriteSpan.Start, x.RewriteSpan.End, x.Rewrite}
		}
		for _, c := range e.Cases {
			one.Example.Documents = append(one.Example.Documents, exampleDocument{c.About, c.Document, c.Avoid, c.Prefer})
		}
		out[i] = one
	}
	return out
}

// writeLint prints the findings, and then once about each code: why, and the
// documents on which its example misjudges.
func writeLint(t *term.Terminal, out linted) error {
	var b strings.Builder
	var seen []lintFinding
	for _, file := range out.Files {
		for _, x := range file.Findings {
			at := guard.Position{File: file.File, Line: x.Location.Line, Column: x.Location.Column}
			fmt.Fprintf(&b, "%s: %s: %s\n", at, t.Paint(term.Yellow, x.Code), x.Message)
			if x.Text != "" {
				fmt.Fprintf(&b, "    %s\n", oneLine(x.Text))
			}
			if x.Rewrite != nil {
				fmt.Fprintf(&b, "  write instead:\n    %s\n", strings.ReplaceAll(x.Rewrite.Text, "\n", "\n    "))
			}
			if !known(seen, x.Code) {
				seen = append(seen, x)
			}
		}
	}
	for _, x := range seen {
		writeCode(&b, t, x)
	}
	_, err := io.WriteString(t.Out(), b.String())
	return err
}

func known(seen []lintFinding, code string) bool {
	for _, x := range seen {
		if x.Code == code {
			return true
		}
	}
	return false
}

func writeCode(b *strings.Builder, t *term.Terminal, x lintFinding) {
	fmt.Fprintf(b, "\n%s: %s\n", t.Paint(term.Bold, x.Code), x.Title)
	fmt.Fprintf(b, "  %s\n", strings.ReplaceAll(x.Explanation, "\n", "\n  "))
	for _, d := range x.Example.Documents {
		if d.Avoid != d.Prefer {
			fmt.Fprintf(b, "  example: %s: verdict %s, but %s is right\n    %s\n", d.About, d.Avoid, d.Prefer, d.Document)
		}
	}
	fmt.Fprintf(b, "  more: layerfleet guard lint --explain %s\n", x.Code)
}
