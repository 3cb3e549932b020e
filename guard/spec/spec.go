// Package spec reads and runs unit tests of Guard rules in the format of
// "cfn-guard test": a list of documents, each with the verdicts that rules are
// to have on it.
//
//	# layers_tests.yaml
//	- name: a bucket without encryption
//	  input:
//	    Resources:
//	      Logs: {Type: AWS::S3::Bucket}
//	  expectations:
//	    rules:
//	      buckets_are_encrypted: FAIL
package spec

import (
	"fmt"

	"github.com/layerfleet/layerfleet/guard"
	"github.com/layerfleet/layerfleet/guard/doc"
)

// File is a test file.
type File struct {
	Name  string
	Cases []Case
}

// Case is one document with what is expected of it.
type Case struct {
	// Name may be empty.
	Name string
	Line int
	// Input is the document.
	Input        *doc.Document
	Expectations []Expectation
}

// Expectation is the verdict that a rule is to have.
type Expectation struct {
	Rule string
	Want guard.Status
	Line int
}

// Parse reads a test file, YAML or JSON. Documents are read as "cfn-guard test"
// 3.1.1 does.
func Parse(name string, text []byte) (*File, error) {
	d, err := doc.Load(name, text, doc.LoadTest)
	if err != nil {
		return nil, err
	}
	p := parser{name: name}
	root := d.Root()
	if root.Kind() != doc.List {
		return nil, p.errorf(root, "a test file is a list of cases, not %s", root.Kind().WithArticle())
	}
	f := &File{Name: name}
	for i := range root.Len() {
		c, err := p.testCase(root.At(i))
		if err != nil {
			return nil, err
		}
		f.Cases = append(f.Cases, c)
	}
	return f, nil
}

type parser struct{ name string }

func (p parser) errorf(v *doc.Value, format string, args ...any) error {
	line, col := v.Position()
	return &doc.Error{Name: p.name, Line: line, Column: col, Reason: fmt.Sprintf(format, args...)}
}

func (p parser) testCase(v *doc.Value) (Case, error) {
	if v.Kind() != doc.Map {
		return Case{}, p.errorf(v, "a case is a map with input and expectations, not %s", v.Kind().WithArticle())
	}
	c := Case{}
	c.Line, _ = v.Position()
	if n := v.Get("name"); n != nil && n.Kind() != doc.Null {
		if n.Kind() != doc.String {
			return Case{}, p.errorf(n, "name is %s, not a string", n.Kind().WithArticle())
		}
		c.Name = n.Text()
	}
	input := v.Get("input")
	if input == nil {
		return Case{}, p.errorf(v, "a case needs an input")
	}
	expectations := v.Get("expectations")
	if expectations == nil || expectations.Kind() != doc.Map || expectations.Get("rules") == nil {
		return Case{}, p.errorf(v, "a case needs expectations with rules")
	}
	rules := expectations.Get("rules")
	if rules.Kind() != doc.Map {
		return Case{}, p.errorf(rules, "rules is %s, not a map of names to verdicts", rules.Kind().WithArticle())
	}
	for i := range rules.Len() {
		want, err := p.status(rules.At(i))
		if err != nil {
			return Case{}, err
		}
		line, _ := rules.At(i).Position()
		c.Expectations = append(c.Expectations, Expectation{Rule: rules.At(i).Key(), Want: want, Line: line})
	}
	c.Input = doc.Detach(input)
	c.Input.Name = p.name
	return c, nil
}

func (p parser) status(v *doc.Value) (guard.Status, error) {
	var s guard.Status
	if v.Kind() != doc.String || s.UnmarshalText([]byte(v.Text())) != nil {
		return s, p.errorf(v, "a verdict is PASS, FAIL or SKIP, not %s", v.Short(40))
	}
	return s, nil
}
