package main

import (
	"maps"
	"slices"
	"strings"
)

// elsewhere are the operations of the S3 module that other services answer: S3 Express and Object Lambda have addresses
// and signing names of their own.
func elsewhere(op string) bool { return op == "ListDirectoryBuckets" || op == "WriteGetObjectResponse" }

// routeS3 completes the routes of S3. The SDK puts the bucket into the address, where the sandbox has it in the path;
// and operations of one path differ by the members that they require, which come after the path's fixed parameters:
// "/{Bucket}/{Key+}?partNumber&uploadId". An operation that differs from another by a header only has that header.
func (m *model) routeS3(src source) {
	req := required(src)
	m.operations = slices.DeleteFunc(m.operations, func(op operation) bool { return elsewhere(op.name) })
	maps.DeleteFunc(m.members, func(key string, _ member) bool {
		typ, _, _ := strings.Cut(key, ".")
		return elsewhere(strings.TrimSuffix(strings.TrimSuffix(typ, "Input"), "Output"))
	})
	byRoute := map[string][]*operation{}
	for i := range m.operations {
		op := &m.operations[i]
		path, fixed, _ := strings.Cut(op.uri, "?")
		marks := slices.DeleteFunc(strings.Split(fixed, "&"), func(p string) bool { return p == "" || strings.HasPrefix(p, "x-id=") })
		for _, f := range req[op.name+"Input"] {
			if b := m.members[op.name+"Input."+f]; b.in == "inQuery" {
				marks = append(marks, b.name)
			}
		}
		if slices.Contains(req[op.name+"Input"], "Bucket") {
			m.members[op.name+"Input.Bucket"] = member{in: "inLabel", name: "Bucket"}
			path = strings.TrimSuffix("/{Bucket}"+path, "/")
		}
		op.uri = path
		if len(marks) > 0 {
			slices.Sort(marks)
			op.uri += "?" + strings.Join(marks, "&")
		}
		byRoute[op.method+op.uri] = append(byRoute[op.method+op.uri], op)
	}
	for _, same := range byRoute {
		if len(same) > 1 {
			for _, op := range same {
				op.header = m.requiredHeader(op.name, req)
			}
		}
	}
}

func (m *model) requiredHeader(op string, req map[string][]string) string {
	for _, f := range req[op+"Input"] {
		if b := m.members[op+"Input."+f]; b.in == "inHeader" {
			return b.name
		}
	}
	return ""
}
