package main

import (
	"errors"
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

// handler is the receiver of a method that writes an operation's request or reads its answer; function is the name of
// one that does so for a type.
var (
	handler  = regexp.MustCompile(`^aws\w+_(serialize|deserialize)Op(\w+)$`)
	function = regexp.MustCompile(`^aws\w+_(serialize|deserialize)(OpHttpBindings|OpDocument|Document)\w+$`)
)

// readSerializers reads the generated code of a module without schemas.
func (m *model) readSerializers(src source) error {
	var errs []error
	lists := elementNames(src)
	for _, fn := range src.functions() {
		part := function.FindStringSubmatch(fn.Name.Name)
		var err error
		switch {
		case fn.Recv != nil:
			err = m.readHandler(fn)
		case part == nil:
		case part[1] == "serialize" && part[2] == "OpHttpBindings":
			err = m.readRequestBindings(fn)
		case part[1] == "serialize":
			err = m.readWriter(fn, lists)
		case part[2] == "OpHttpBindings":
			err = m.readResponseBindings(fn)
		default:
			err = m.readReader(fn, lists)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", fn.Name.Name, err))
		}
	}
	return errors.Join(errs...)
}

// readHandler reads an operation's route from the method that writes its request, and which member is the body.
func (m *model) readHandler(fn *ast.FuncDecl) error {
	part := handler.FindStringSubmatch(typeName(fn.Recv.List[0].Type))
	if part == nil {
		return nil
	}
	op := part[2]
	switch fn.Name.Name {
	case "HandleDeserialize":
		return m.bindAll(op+"Output", fieldsOf(fn.Body, "output"), member{in: "inPayload"})
	case "HandleSerialize":
		o := operation{name: op}
		for name, call := range calls(fn.Body) {
			if name == "SplitURI" { // a REST protocol
				o.uri, o.method = text(call.Args[0]), assigned(fn.Body, "Method")
			}
		}
		m.operations = append(m.operations, o)
		return m.bindAll(op+"Input", fieldsOf(fn.Body, "input"), member{in: "inPayload"})
	default:
		return nil
	}
}

// readRequestBindings reads the members that travel in path, query string and headers:
//
//	if v.GroupName != nil {
//		encoder.SetQuery("groupName").String(*v.GroupName)
//	}
func (m *model) readRequestBindings(fn *ast.FuncDecl) error {
	places := map[string]string{
		"SetURI": "inLabel", "SetQuery": "inQuery", "AddQuery": "inQuery", "SetHeader": "inHeader", "AddHeader": "inHeader",
		"Headers": "inHeaders",
	}
	for _, stmt := range fn.Body.List {
		b := member{}
		for name, call := range calls(stmt) {
			if in := places[name]; in != "" && b.in == "" {
				b = member{in: in, name: text(call.Args[0])}
				if b.name == "" { // SetHeader(locationName)
					b.name = assigned(stmt, typeName(call.Args[0]))
				}
			}
		}
		if b.in == "" {
			continue
		}
		if err := m.bindOne(typeOf(fn), fieldsOf(stmt, "v"), b); err != nil {
			return err
		}
	}
	return nil
}

// readResponseBindings reads the members that travel in headers:
//
//	if headerValues := response.Header.Values("ETag"); len(headerValues) != 0 {
//		v.ETag = ptr.String(headerValues[0])
//	}
func (m *model) readResponseBindings(fn *ast.FuncDecl) error {
	for _, stmt := range fn.Body.List {
		b := member{}
		for name, call := range calls(stmt) {
			switch {
			case b.in != "":
			case name == "Values":
				b = member{in: "inHeader", name: text(call.Args[0])}
			case name == "len" && text(call.Args[0]) != "": // of a prefix of headers
				b = member{in: "inHeaders", name: text(call.Args[0])}
			}
		}
		if len(fieldsOf(stmt, "response")) > 0 && b.in == "" {
			b = member{in: "inStatus"}
		}
		if b.in == "" {
			continue
		}
		if err := m.bindOne(typeOf(fn), fieldsOf(stmt, "v"), b); err != nil {
			return err
		}
	}
	return nil
}

// readWriter reads the names that members have in a body:
//
//	if v.Arn != nil {
//		objectKey := object.Key("arn")
//		objectKey.String(*v.Arn)
//	}
func (m *model) readWriter(fn *ast.FuncDecl, lists map[string]string) error {
	for _, stmt := range fn.Body.List {
		fields := fieldsOf(stmt, "v")
		name, flat, list := keyed(stmt, "Local"), false, ""
		for callee, call := range calls(stmt) {
			switch {
			case callee == "Key" && name == "":
				name = text(call.Args[0])
			case callee == "FlattenedElement":
				flat = true
			case lists[callee] != "":
				list = lists[callee]
			}
		}
		if name == "" || len(fields) == 0 {
			continue
		}
		if err := m.bindOne(typeOf(fn), fields, inBody(name, fields[0], list, flat)); err != nil {
			return err
		}
	}
	return nil
}

// readReader reads the names that members have in the body of an answer, or which member is the body:
//
//	case strings.EqualFold("isTruncated", t.Name.Local):
//		…
//		sv.IsTruncated = xtv
func (m *model) readReader(fn *ast.FuncDecl, lists map[string]string) error {
	if last := fn.Type.Params.List; len(last) > 1 && typeName(last[1].Type) == "ReadCloser" {
		return m.bindAll(typeOf(fn), fieldsOf(fn.Body, "v"), member{in: "inPayload"})
	}
	var errs []error
	for c := range cases(fn.Body) {
		fields := fieldsOf(c.clause, "sv")
		if len(fields) == 0 {
			continue
		}
		b := inBody(c.name, fields[0], "", false)
		for callee := range calls(c.clause) {
			list, flat := strings.CutSuffix(callee, "Unwrapped")
			if lists[list] != "" {
				b = inBody(c.name, fields[0], lists[list], flat)
			}
		}
		if c.attribute {
			b = member{in: "inAttribute", name: c.name}
		}
		errs = append(errs, m.bindOne(typeOf(fn), fields, b))
	}
	return errors.Join(errs...)
}

// inBody is how a member of a body is named: by what differs from the common case.
func inBody(name, field, list string, flat bool) member {
	switch {
	case flat:
		return member{item: name, flat: true}
	case list == "member":
		list = ""
	}
	if name == field {
		name = ""
	}
	return member{name: name, item: list}
}
