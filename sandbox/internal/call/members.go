package call

import (
	"fmt"
	"reflect"
	"strings"
)

// memberPlan is the part of an input type that an operation accepts: all of it, or some fields of it.
type memberPlan struct {
	fields []memberField
}

type memberField struct {
	index int
	name  string
	below *memberPlan // nil: a leaf, or accepted whole
	whole bool
}

// planMembers works out which fields of t the listed paths leave out. It panics on a path that t does not have:
// a misspelt list would refuse what it means to accept.
func planMembers(t reflect.Type, supports []string) *memberPlan {
	p := &memberPlan{}
	seen := 0
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		mf := memberField{index: i, name: f.Name}
		var nested []string
		for _, s := range supports {
			head, rest, dotted := strings.Cut(s, ".")
			switch {
			case head != f.Name:
			case !dotted:
				mf.whole = true
				seen++
			default:
				nested = append(nested, rest)
				seen++
			}
		}
		if nested != nil {
			inner := structUnder(f.Type)
			if inner == nil {
				panic(fmt.Sprintf("%v.%s has no members to name", t, f.Name))
			}
			mf.below = planMembers(inner, nested)
		}
		p.fields = append(p.fields, mf)
	}
	if seen < len(supports) {
		panic(fmt.Sprintf("%v does not have all of the members %v", t, supports))
	}
	return p
}

// structUnder is the struct in a field: the field itself, behind a pointer, or as the element of a list or map.
func structUnder(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// unsupported is the path of the first member that is set and not accepted, or "".
func (p *memberPlan) unsupported(v reflect.Value) string {
	for _, f := range p.fields {
		if f.whole {
			continue
		}
		fv := v.Field(f.index)
		if fv.IsZero() {
			continue
		}
		if f.below == nil {
			return f.name
		}
		if path := f.below.under(fv); path != "" {
			return f.name + "." + path
		}
	}
	return ""
}

func (p *memberPlan) under(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return p.under(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if path := p.under(v.Index(i)); path != "" {
				return path
			}
		}
		return ""
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if path := p.under(it.Value()); path != "" {
				return path
			}
		}
		return ""
	default:
		return p.unsupported(v)
	}
}
