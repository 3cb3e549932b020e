package main

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// text is the value of a string literal, or "".
func text(e ast.Expr) string {
	lit, _ := e.(*ast.BasicLit)
	if lit == nil {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}

// typeName is the last part of a type's or variable's name, without pointers and package: Policy of **types.Policy.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	default:
		return ""
	}
}

// typeOf is the type that a function reads or writes: that of its first parameter.
func typeOf(fn *ast.FuncDecl) string { return typeName(fn.Type.Params.List[0].Type) }

// fieldsOf are the fields of a variable that a piece of code names, each once: A for v.A and for v.A.B.
func fieldsOf(n ast.Node, variable string) []string {
	var fields []string
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == variable && !slices.Contains(fields, sel.Sel.Name) {
				fields = append(fields, sel.Sel.Name)
			}
		}
		return true
	})
	return fields
}

// calls are the calls within a piece of code by the last part of the name: SetQuery for encoder.SetQuery(…).
func calls(n ast.Node) func(yield func(string, *ast.CallExpr) bool) {
	return func(yield func(string, *ast.CallExpr) bool) {
		for n := range ast.Preorder(n) {
			if call, ok := n.(*ast.CallExpr); ok && !yield(typeName(call.Fun), call) {
				return
			}
		}
	}
}

// assigned is the text that is assigned to a variable or field of the name: "POST" for request.Method = "POST".
func assigned(n ast.Node, name string) string {
	for n := range ast.Preorder(n) {
		if a, ok := n.(*ast.AssignStmt); ok && typeName(a.Lhs[0]) == name {
			return text(a.Rhs[0])
		}
	}
	return ""
}

// keyed is the text of a key in a composite literal: "Tag" for Name{Local: "Tag"}.
func keyed(n ast.Node, name string) string {
	for n := range ast.Preorder(n) {
		if kv, ok := n.(*ast.KeyValueExpr); ok && typeName(kv.Key) == name {
			return text(kv.Value)
		}
	}
	return ""
}

// caseOf is a case of a switch over member names.
type caseOf struct {
	name      string
	attribute bool // of XML, not an element
	clause    *ast.CaseClause
}

// cases are the cases over member names: of a key in JSON, of an element in XML.
func cases(n ast.Node) func(yield func(caseOf) bool) {
	return func(yield func(caseOf) bool) {
		for n := range ast.Preorder(n) {
			clause, ok := n.(*ast.CaseClause)
			if !ok || len(clause.List) == 0 {
				continue
			}
			c := caseOf{clause: clause}
			switch e := clause.List[len(clause.List)-1].(type) {
			case *ast.BasicLit: // the last of "message", "Message"
				c.name = text(e)
			case *ast.CallExpr:
				if typeName(e.Fun) == "EqualFold" {
					c.name, c.attribute = text(e.Args[0]), typeName(e.Args[1]) == "name"
				}
			}
			if c.name != "" && !yield(c) {
				return
			}
		}
	}
}

// elementNames are the names that the functions of lists give to elements in XML.
func elementNames(src source) map[string]string {
	names := map[string]string{}
	for _, fn := range src.functions() {
		if fn.Recv != nil || !function.MatchString(fn.Name.Name) || !isList(fn.Type.Params.List[0].Type) {
			continue
		}
		names[fn.Name.Name] = "member"
		if name := keyed(fn.Body, "Local"); name != "" {
			names[fn.Name.Name] = name
		}
		for c := range cases(fn.Body) {
			names[fn.Name.Name] = c.name
		}
	}
	return names
}

func isList(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	_, ok := e.(*ast.ArrayType)
	return ok
}

// required are the members that an input must have, by its type: those that the module's validators ask for.
func required(src source) map[string][]string {
	m := map[string][]string{}
	for _, fn := range src.functions() {
		if !strings.HasPrefix(fn.Name.Name, "validateOp") {
			continue
		}
		for callee, call := range calls(fn.Body) {
			if callee == "NewErrParamRequired" {
				m[typeOf(fn)] = append(m[typeOf(fn)], text(call.Args[0]))
			}
		}
	}
	return m
}
