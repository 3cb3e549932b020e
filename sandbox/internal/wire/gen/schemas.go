package main

import (
	"go/ast"
	"strconv"
)

// readSchemas reads the operations of a module with schemas:
//
//	var AddPermission = smithy.NewSchema(smithy.ShapeID{…}, smithy.ShapeTypeOperation, 0, &smithytraits.HTTP{Method: …})
func (m *model) readSchemas(src source) {
	for name, value := range src.values() {
		call, _ := value.(*ast.CallExpr)
		if call == nil {
			continue
		}
		for fn := range calls(call) {
			if fn == "NewServiceSchema" {
				m.target = name
			}
		}
		if len(call.Args) < 3 || !isOperation(call.Args[1]) {
			continue
		}
		op := operation{name: name}
		for _, trait := range call.Args[3:] {
			op.readHTTP(trait)
		}
		m.operations = append(m.operations, op)
	}
}

func isOperation(e ast.Expr) bool {
	sel, _ := e.(*ast.SelectorExpr)
	return sel != nil && sel.Sel.Name == "ShapeTypeOperation"
}

// readHTTP reads &smithytraits.HTTP{Method: "POST", URI: "/…", Code: 201}.
func (op *operation) readHTTP(trait ast.Expr) {
	ref, _ := trait.(*ast.UnaryExpr)
	if ref == nil {
		return
	}
	lit, _ := ref.X.(*ast.CompositeLit)
	if lit == nil {
		return
	}
	if typ, _ := lit.Type.(*ast.SelectorExpr); typ == nil || typ.Sel.Name != "HTTP" {
		return
	}
	for _, e := range lit.Elts {
		kv, _ := e.(*ast.KeyValueExpr)
		if kv == nil {
			continue
		}
		switch key, _ := kv.Key.(*ast.Ident); key.Name {
		case "Method":
			op.method = text(kv.Value)
		case "URI":
			op.uri = text(kv.Value)
		case "Code":
			if code, ok := kv.Value.(*ast.BasicLit); ok {
				op.code, _ = strconv.Atoi(code.Value)
			}
		}
	}
}
