package syntax

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Options set the limits of a parse.
type Options struct {
	// Name of the file, for messages.
	Name    string
	Dialect Dialect
	// MaxDepth limits nesting; 0 means 200.
	MaxDepth int
	// MaxErrors limits how many diagnostics are collected; 0 means 20.
	MaxErrors int
}

// Parse reads a rule file. If the text is not what the engine of the dialect
// accepts, the error is a [Diagnostics]: reading continues after a mistake, at the
// next line that begins a rule, to find several at once.
func Parse(src string, o Options) (*File, error) {
	if o.MaxDepth <= 0 {
		o.MaxDepth = 200
	}
	if o.MaxErrors <= 0 {
		o.MaxErrors = 20
	}
	const perQuery = 32
	if !utf8.ValidString(src) {
		at := strings.IndexRune(strings.ToValidUTF8(src, string(utf8.RuneError)), utf8.RuneError)
		return nil, Diagnostics{newDiagnostic(o.Name, src, at, "text is not UTF-8")}
	}
	f := &File{Name: o.Name, Source: src, Dialect: o.Dialect}
	p := &parser{src: src, dialect: o.Dialect, limit: o.MaxDepth, queries: make(map[int]memo[*Query], len(src)/perQuery), clauses: make(map[int]memo[Clause], len(src)/perQuery)}
	var errs Diagnostics
	for i := p.ws(0); i < len(src); {
		next, ok := p.item(i, f)
		if ok {
			i = p.ws(next)
			continue
		}
		d, off := p.diagnostic(o.Name, i)
		errs = append(errs, d)
		if len(errs) >= o.MaxErrors {
			break
		}
		i = resume(src, max(off, i+1))
		p.stopped, p.stopText, p.stopHint, p.far, p.want, p.depth = false, "", "", i, nil, 0
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if o.Dialect == DialectConfig && f.Default == nil && len(f.Rules)+len(f.Params)+len(f.Lets) == 0 {
		d := newDiagnostic(o.Name, src, 0, "no rules")
		d.Hint = "guard-2.x refuses a file that holds nothing but comments"
		return nil, Diagnostics{d}
	}
	return f, nil
}

// resume finds the next line that begins a rule, or the end.
func resume(src string, from int) int {
	for {
		n := strings.IndexByte(src[min(from, len(src)):], '\n')
		if n < 0 {
			return len(src)
		}
		from += n + 1
		rest := strings.TrimLeft(src[from:], " \t")
		if strings.HasPrefix(rest, "rule ") {
			return from + strings.Index(src[from:], "rule ")
		}
	}
}

func (p *parser) diagnostic(name string, at int) (d Diagnostic, off int) {
	off, text, want := p.far, "", p.want
	if p.stopped && p.stopText != "" {
		off, text, want = p.stopAt, p.stopText, nil
	} else if off < at {
		off, want = at, nil
	}
	off = min(p.ws(off), len(p.src))
	hint := p.stopHint
	if text == "" {
		text = "unexpected " + found(p.src[off:])
		if hint == "" {
			hint = hintFor(p.src[off:])
		}
	}
	d = newDiagnostic(name, p.src, off, text)
	d.Hint = hint
	const most = 6
	if want = expected(want); len(want) <= most {
		d.Expected = want
	}
	return d, off
}

// found names what is at the beginning of a text.
func found(rest string) string {
	if rest == "" {
		return "end of file"
	}
	end := strings.IndexAny(rest, " \t\r\n")
	if end < 0 {
		end = len(rest)
	}
	const most = 24
	if word := []rune(rest[:end]); len(word) > most {
		return "'" + string(word[:most]) + "…'"
	}
	return "'" + rest[:end] + "'"
}

// item reads one element of a file.
func (p *parser) item(i int, f *File) (int, bool) {
	if let, next, ok := p.let(i); ok {
		f.Lets = append(f.Lets, let)
		return next, true
	} else if p.stopped {
		return i, false
	}
	if r, next, ok := p.rule(i, true); ok {
		f.Params = append(f.Params, r)
		return next, true
	} else if p.stopped {
		return i, false
	}
	if r, next, ok := p.rule(i, false); ok {
		f.Rules = append(f.Rules, r)
		return next, true
	} else if p.stopped {
		return i, false
	}
	line, next, ok := p.line(i, p.typeBlock)
	if !ok && !p.stopped {
		var c Clause
		if c, next, ok = p.whenBlock(i, p.clauseOrRule); ok {
			line = Line{c}
		}
	}
	if !ok && !p.stopped {
		line, next, ok = p.line(i, p.clause)
	}
	if !ok || p.stopped {
		return i, false
	}
	if f.Default == nil {
		f.Default = &Rule{Name: "default", Span: Span{i, next}, Body: &Block{Span: Span{i, next}}}
	}
	f.Default.Span.End, f.Default.Body.Span.End = next, next
	f.Default.Body.Clauses = append(f.Default.Body.Clauses, line)
	return next, true
}

// rule reads a rule, parameterized or not.
func (p *parser) rule(i int, parameterized bool) (*Rule, int, bool) {
	if !p.at(i, "rule") {
		return nil, i, false
	}
	j := p.ws(i + len("rule"))
	if j == i+len("rule") {
		return nil, i, false
	}
	name, k, ok := p.name(j)
	if !ok {
		p.fail(j, "a rule needs a name", "names begin with an ASCII letter and hold letters, digits and underscores")
		return nil, i, false
	}
	r := &Rule{Name: name, NameSpan: Span{j, k}}
	if parameterized {
		if r.Params, k, ok = p.parameters(k); !ok {
			return nil, i, false
		}
	} else if conditions, next, ok := p.when(k); ok {
		r.When, k = conditions, next
	} else if p.stopped {
		return nil, i, false
	}
	if r.Body, k, ok = p.block(k, p.ruleClause); !ok {
		if !p.stopped {
			p.stopFar(k, "a rule needs a block with at least one clause")
		}
		return nil, i, false
	}
	r.Span = Span{i, k}
	return r, k, true
}

func (p *parser) parameters(i int) ([]string, int, bool) {
	if !p.at(i, "(") {
		return nil, i, false
	}
	var names []string
	for j := i; ; {
		name, k, ok := p.name(p.blanks(j + 1))
		if !ok {
			p.fail(j, "a parameter must be a name", "")
			return nil, i, false
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		switch j = p.blanks(k); {
		case p.at(j, ","):
		case p.at(j, ")"):
			return names, j + 1, true
		default:
			p.fail(j, "the parameters are not closed", "")
			return nil, i, false
		}
	}
}

// ruleClause reads a clause directly in a rule: there type blocks and the
// names of rules may stand, too.
func (p *parser) ruleClause(i int) (Clause, int, bool) {
	if c, next, ok := p.typeBlock(i); ok || p.stopped {
		return c, next, ok
	}
	if c, next, ok := p.whenBlock(i, p.clauseOrRule); ok || p.stopped {
		return c, next, ok
	}
	return p.clauseOrRule(i)
}

// typeBlock reads AWS::Service::Type and a block or a single clause.
func (p *parser) typeBlock(i int) (Clause, int, bool) {
	name, j, ok := p.typeName(i)
	if !ok {
		return nil, i, false
	}
	c := &TypeBlock{Type: name, TypeSpan: Span{i, j}}
	k := p.ws(j)
	if k == j {
		p.fail(j, "a type must be followed by a space", "")
		return nil, i, false
	}
	conditions, j, ok := p.when(k)
	if p.stopped {
		return nil, i, false
	}
	if ok {
		c.When, k = conditions, j
	}
	body, next, ok := p.block(k, p.clause)
	if !ok && !p.stopped && c.When == nil {
		var only Clause
		if only, next, ok = p.clause(p.ws(k)); ok {
			body = &Block{Span: only.At(), Clauses: Conditions{Line{only}}}
		}
	}
	if !ok {
		if !p.stopped {
			p.stopFar(k, "a type needs a block or a clause")
		}
		return nil, i, false
	}
	c.Body, c.Span = body, Span{i, next}
	return c, next, true
}

func (p *parser) typeName(i int) (string, int, bool) {
	first, j, ok := p.name(i)
	if !ok || !p.at(j, "::") {
		return "", i, false
	}
	second, k, ok := p.name(j + 2)
	if !ok {
		return "", i, false
	}
	if p.at(k, "::") {
		if third, end, ok := p.name(k + 2); ok {
			if p.at(end, "::MODULE") {
				return first + "::" + second + "::" + third, end + len("::MODULE"), true
			}
			return first + "::" + second + "::" + third, end, true
		}
	}
	return first + "::" + second, k, true
}
