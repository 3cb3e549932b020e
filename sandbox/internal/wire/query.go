package wire

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
)

// routeQuery reads Action from the form; as AWS does, also from the query string of a GET.
func (s *Service) routeQuery(r *http.Request, body []byte) (string, error) {
	action, version := formValue(string(body), "Action"), formValue(string(body), "Version")
	if action == "" {
		action, version = r.URL.Query().Get("Action"), r.URL.Query().Get("Version")
	}
	if action == "" {
		return "", apierr.New(http.StatusBadRequest, "MissingAction", "the request names no Action")
	}
	if !s.Has(action) || version != s.Version {
		return "", s.invalidAction(action, version)
	}
	return action, nil
}

func (s *Service) invalidAction(action, version string) error {
	return apierr.New(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version %s", action, version)
}

// formValue finds one value of a form without reading the rest of it.
func formValue(form, name string) string {
	for pair := range strings.SplitSeq(form, "&") {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			if text, err := url.QueryUnescape(v); err == nil {
				return text
			}
		}
	}
	return ""
}

// param is a node of the tree that dotted parameter names make: Tags.member.1.Key=…
type param struct {
	value    string
	set      bool // has a value of its own
	children map[string]*param
}

func (p *param) child(name string) *param {
	if p == nil {
		return nil
	}
	return p.children[name]
}

// add puts a value under a dotted name.
func (p *param) add(name, value string) {
	for part := range strings.SplitSeq(name, ".") {
		next := p.children[part]
		if next == nil {
			next = &param{}
			if p.children == nil {
				p.children = map[string]*param{}
			}
			p.children[part] = next
		}
		p = next
	}
	p.value, p.set = value, true
}

// numbered are the children 1, 2, … in order. Gaps are closed, as AWS closes them.
func (p *param) numbered() []*param {
	if p == nil {
		return nil
	}
	var order []int
	for name := range p.children {
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			order = append(order, n)
		}
	}
	slices.Sort(order)
	list := make([]*param, 0, len(order))
	for _, n := range order {
		if c := p.children[strconv.Itoa(n)]; c != nil { // nil for names such as 01
			list = append(list, c)
		}
	}
	return list
}

// formTree reads the parameters of a request but for Action and Version.
func formTree(r *http.Request, body []byte) (*param, error) {
	text := string(body)
	if len(body) == 0 {
		text = r.URL.RawQuery
	}
	root := &param{}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" || name == "Action" || name == "Version" {
			continue
		}
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, malformed("the parameter name %q: %v", name, err)
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, malformed("the parameter %s: %v", n, err)
		}
		root.add(n, v)
	}
	return root, nil
}

// malformed is the answer to a parameter that cannot be read.
// UNCONFIRMED: the code MalformedInput is in AWS's list of common errors for some Query services only.
func malformed(format string, args ...any) error {
	return apierr.New(http.StatusBadRequest, "MalformedInput", format, args...)
}

// queryDecoder fills the SDK's types from a form.
type queryDecoder struct{ *trail }

func (d queryDecoder) structure(sh *shape, v reflect.Value, p *param) error {
	for name, c := range p.children {
		f := sh.byName[name]
		if f == nil {
			d.unknownMember(name)
			continue
		}
		d.enter(f)
		if err := d.value(f.shape, v.Field(f.index), c); err != nil {
			return err
		}
		d.leave()
	}
	return nil
}

func (d queryDecoder) value(sh *shape, v reflect.Value, p *param) error {
	switch sh.kind {
	case kindStruct:
		return d.structure(sh, sh.set(v), p)
	case kindList:
		// "Tags=" alone is the empty list.
		v.Set(reflect.MakeSlice(sh.goType, 0, 0))
		for _, c := range p.child("member").numbered() {
			if err := d.value(sh.elem, grow(v), c); err != nil {
				return err
			}
		}
		return nil
	case kindMap:
		return d.mapping(sh, v, p)
	case kindUnion:
		return d.union()
	default:
		if !p.set {
			return malformed("the member %s has no members of its own", d.path())
		}
		if err := parseText(sh, v, p.value); err != nil {
			return malformed("the member %s: %v", d.path(), err)
		}
		return nil
	}
}

func (d queryDecoder) mapping(sh *shape, v reflect.Value, p *param) error {
	m := reflect.MakeMap(sh.goType)
	for _, c := range p.child("entry").numbered() {
		key, val := c.child("key"), c.child("value")
		if key == nil || val == nil {
			return malformed("the member %s has an entry without key or value", d.path())
		}
		elem := reflect.New(sh.goType.Elem()).Elem()
		if err := d.value(sh.elem, elem, val); err != nil {
			return err
		}
		m.SetMapIndex(reflect.ValueOf(key.value).Convert(sh.goType.Key()), elem)
	}
	v.Set(m)
	return nil
}
