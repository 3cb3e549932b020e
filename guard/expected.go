package guard

import (
	"github.com/layerfleet/layerfleet/guard/doc"
	"github.com/layerfleet/layerfleet/guard/internal/eval"
	"github.com/layerfleet/layerfleet/guard/syntax"
)

// expected says what a clause asks for, as it reads after "expected". The
// comparison, if there is one, tells what a query on the right gave.
func (f *finder) expected(c *syntax.Check, cmp *eval.Comparison) string {
	if c.Op.Unary() {
		return property(c.Op, c.Negated != c.Not)
	}
	right := f.right(c.Right, cmp)
	switch c.Op {
	case syntax.OpLt:
		return "less than " + right
	case syntax.OpLe:
		return "at most " + right
	case syntax.OpGt:
		return "more than " + right
	case syntax.OpGe:
		return "at least " + right
	case syntax.OpIn:
		return choice(c.Right, c.Negated) + right
	}
	literal, _ := c.Right.(*syntax.Literal)
	switch pattern := literal != nil && literal.Kind == syntax.LiteralRegex; {
	case pattern && c.Negated:
		return "no match of " + right
	case pattern:
		return "a match of " + right
	case c.Negated:
		return "anything but " + right
	}
	return right
}

// right is what is on the right, with what it gave in brackets if it is a
// query.
func (f *finder) right(e syntax.Expr, cmp *eval.Comparison) string {
	text := f.expr(e)
	if _, isLiteral := e.(*syntax.Literal); isLiteral || cmp == nil {
		return text
	}
	switch {
	case cmp.Set != nil:
		return "the values of " + text + " (" + set(cmp.Set, mostFound) + ")"
	case cmp.Right != nil:
		return text + " (" + cmp.Right.Short(mostFound) + ")"
	}
	return text
}

// choice is how "in" reads before what is on its right.
func choice(right syntax.Expr, negated bool) string {
	literal, ok := right.(*syntax.Literal)
	switch {
	case ok && literal.Kind == syntax.LiteralString && negated:
		return "no part of "
	case ok && literal.Kind == syntax.LiteralString:
		return "a part of "
	case ok && literal.Kind != syntax.LiteralList && negated:
		return "no value in "
	case ok && literal.Kind != syntax.LiteralList:
		return "a value in "
	case negated:
		return "none of "
	}
	return "one of "
}

// property is what an operator without a right-hand side asks for.
func property(op syntax.Op, negated bool) string {
	switch op {
	case syntax.OpExists:
		if negated {
			return "no value"
		}
		return "a value"
	case syntax.OpEmpty:
		if negated {
			return "a value that is not empty"
		}
		return "nothing or an empty value"
	}
	kind := map[syntax.Op]doc.Kind{
		syntax.OpIsString: doc.String, syntax.OpIsList: doc.List, syntax.OpIsStruct: doc.Map, syntax.OpIsBool: doc.Bool,
		syntax.OpIsInt: doc.Int, syntax.OpIsFloat: doc.Float, syntax.OpIsNull: doc.Null,
	}[op].WithArticle()
	if negated {
		return "anything but " + kind
	}
	return kind
}
