package cfn

import "strings"

// subPart is a piece of a Fn::Sub string: text, or the name of a variable.
type subPart struct {
	text, name string
}

// subParts splits a Fn::Sub string. ${!x} is the text ${x}; a brace without an end is text.
func subParts(s string) ([]subPart, bool) {
	var parts []subPart
	for s != "" {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			break
		}
		if i > 0 {
			parts = append(parts, subPart{text: s[:i]})
		}
		name := s[i+2 : i+end]
		s = s[i+end+1:]
		if rest, ok := strings.CutPrefix(name, "!"); ok {
			parts = append(parts, subPart{text: "${" + rest + "}"})
			continue
		}
		name = strings.TrimSpace(name)
		if !validVariable(name) {
			return nil, false
		}
		parts = append(parts, subPart{name: name})
	}
	if s != "" {
		parts = append(parts, subPart{text: s})
	}
	return parts, true
}

func validVariable(s string) bool {
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) {
			return false
		}
	}
	return s != ""
}

// sub reads the argument of Fn::Sub: the string's place and text, and its own variables, if any.
func sub(arg *Value) (at *Value, text string, locals *Value) {
	if arg.Kind == List {
		at, locals = arg.items[0], arg.items[1]
	} else {
		at = arg
	}
	text, _ = at.literal()
	return at, text, locals
}

// reference is a name that a value refers to: by Ref, by Fn::GetAtt (with an attribute) or by Fn::Sub (either).
type reference struct {
	name, attribute string
	at              *Value
	by              string // the function
}

// references visits every name that v refers to. Shapes were checked before.
func (v *Value) references(visit func(reference)) { v.referencesOf(nil, visit) }

// referencesOf visits only the branches of Fn::If that the conditions choose, or all if conditions is nil.
func (v *Value) referencesOf(conditions map[string]bool, visit func(reference)) {
	if v == nil {
		return
	}
	name, arg, call := v.function()
	switch {
	case call && name == "Ref":
		s, _ := arg.literal()
		visit(reference{name: s, at: arg, by: name})
	case call && name == "Fn::GetAtt":
		id, attr, _ := attributeOf(arg)
		visit(reference{name: id, attribute: attr, at: arg, by: name})
	case call && name == "Fn::If" && conditions != nil:
		c, _ := arg.items[0].literal()
		if conditions[c] {
			arg.items[1].referencesOf(conditions, visit)
		} else {
			arg.items[2].referencesOf(conditions, visit)
		}
	case call && name == "Fn::Sub":
		at, text, locals := sub(arg)
		locals.referencesOf(conditions, visit)
		parts, _ := subParts(text)
		for _, p := range parts {
			if p.name == "" || locals.get(p.name) != nil {
				continue
			}
			id, attr := p.name, ""
			if i := strings.IndexByte(p.name, '.'); i >= 0 {
				id, attr = p.name[:i], p.name[i+1:]
			}
			visit(reference{name: id, attribute: attr, at: at, by: name})
		}
	default:
		for _, item := range v.items {
			item.referencesOf(conditions, visit)
		}
		for _, f := range v.fields {
			f.value.referencesOf(conditions, visit)
		}
	}
}
