package lint

import (
	"fmt"
	"strings"
)

// Page is the documentation of a code in Markdown: what to avoid with what the
// linter says to it, what to prefer, why, and the documents that show the
// difference.
func (e Entry) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n", e.Code, sentence(e.Title))
	if e.Only != nil {
		fmt.Fprintf(&b, "Dialect `%s` only.\n", e.Only)
	}
	b.WriteString("\n## Avoid\n\n")
	fence(&b, "guard", shortened(e.Avoid))
	b.WriteString("\nThe linter says:\n\n")
	fence(&b, "text", e.said())
	b.WriteString("\n## Prefer\n\n")
	fence(&b, "guard", e.Prefer)
	fmt.Fprintf(&b, "\n## Why\n\n%s\n\n## Document\n\n", e.Why)
	b.WriteString("| | document | Avoid | Prefer |\n|---|---|---|---|\n")
	for _, c := range e.Cases {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", c.About, c.Document, c.Avoid.words(), c.Prefer.words())
	}
	return b.String()
}

func (v Verdict) words() string {
	if v == VerdictNone {
		return "no verdict"
	}
	return string(v)
}

// said is what the linter says to the policy to avoid.
func (e Entry) said() string {
	found, err := Source([]byte(e.Avoid), Options{Dialect: e.Dialects()[0]})
	if err != nil {
		return err.Error() + "\n" // the tests see to it that there is none
	}
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s\n", f)
		if f.Rewrite != "" {
			fmt.Fprintf(&b, "  write instead: %s\n", strings.ReplaceAll(f.Rewrite, "\n", "\n  "))
		}
	}
	return b.String()
}

func fence(b *strings.Builder, language, text string) {
	fmt.Fprintf(b, "```%s\n%s```\n", language, text)
}

// sentence begins with a capital, unless something quoted begins it.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// shortened leaves out the middle of a long policy.
func shortened(policy string) string {
	const most, ends = 40, 3
	lines := strings.SplitAfter(policy, "\n")
	if len(lines) <= most {
		return policy
	}
	left := len(lines) - 1 - 2*ends
	middle := fmt.Sprintf("    # … %d more lines like these\n", left)
	return strings.Join(lines[:ends], "") + middle + strings.Join(lines[ends+left:], "")
}

// Index is a table of all codes in Markdown, with links to their pages.
func Index() string {
	var b strings.Builder
	b.WriteString("| code | what happens | dialect |\n|---|---|---|\n")
	for _, e := range Entries() {
		names := make([]string, 0, 2)
		for _, d := range e.Dialects() {
			names = append(names, d.String())
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", e.Code, e.Code, e.Title, strings.Join(names, ", "))
	}
	return b.String()
}
