package wire

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
)

// planner makes the shapes of Go types, each once. Readers take no lock.
type planner struct {
	members map[string]member // of modules without schemas

	mu     sync.Mutex
	shapes atomic.Pointer[map[reflect.Type]*shape]
}

func newPlanner(members map[string]member) *planner {
	p := &planner{members: members}
	p.shapes.Store(&map[reflect.Type]*shape{})
	return p
}

// shape plans a type of the SDK. The error names a type that no protocol has.
func (p *planner) shape(t reflect.Type) (*shape, error) {
	if sh := (*p.shapes.Load())[t]; sh != nil {
		return sh, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m := maps.Clone(*p.shapes.Load())
	sh, err := p.plan(t, m)
	if err != nil {
		return nil, err
	}
	p.shapes.Store(&m)
	return sh, nil
}

func (p *planner) plan(t reflect.Type, done map[reflect.Type]*shape) (*shape, error) {
	if sh := done[t]; sh != nil {
		return sh, nil
	}
	sh := &shape{goType: t}
	done[t] = sh // before the members: types refer to themselves
	if t.Kind() == reflect.Pointer {
		sh.pointer, sh.goType = true, t.Elem()
	}
	var ok bool
	if sh.kind, ok = kindOf(sh.goType); !ok {
		return nil, fmt.Errorf("type %v has no form on the wire", t)
	}
	switch sh.kind {
	case kindList, kindMap:
		elem, err := p.plan(sh.goType.Elem(), done)
		if err != nil {
			return nil, err
		}
		sh.elem = elem
	case kindStruct:
		if err := p.planFields(sh, done); err != nil {
			return nil, err
		}
	}
	return sh, nil
}

func (p *planner) planFields(sh *shape, done map[reflect.Type]*shape) error {
	t := sh.goType
	schema := schemaOf(t)
	sh.byName = map[string]*field{}
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() || sf.Name == "ResultMetadata" || sf.Name == "ErrorCodeOverride" {
			continue
		}
		f := field{index: i, goName: sf.Name}
		var err error
		if f.shape, err = p.plan(sf.Type, done); err != nil {
			return fmt.Errorf("%v.%s: %w", t, sf.Name, err)
		}
		if schema == nil {
			if err := p.nameByTable(&f, t); err != nil {
				return err
			}
		} else if !nameBySchema(&f, schema) {
			if f.goName == "Message" { // every exception has the field; not every schema has the member
				continue
			}
			return fmt.Errorf("the schema of %v has no member for the field %s", t, f.goName)
		}
		f.key = string(append(appendString(nil, f.name), ':'))
		sh.fields = append(sh.fields, f)
	}
	for i := range sh.fields {
		sh.byName[sh.fields[i].name] = &sh.fields[i]
	}
	return nil
}

// nameByTable names a member of a module without schemas.
func (p *planner) nameByTable(f *field, t reflect.Type) error {
	m := p.members[t.Name()+"."+f.goName]
	if m.in == inAttribute {
		return fmt.Errorf("%v.%s is an XML attribute, which the codec does not have", t, f.goName)
	}
	f.name, f.in, f.item, f.flat = f.goName, m.in, m.item, m.flat
	if m.in == inBody {
		f.name = cmp.Or(m.name, f.goName)
	} else {
		f.location = m.name
	}
	return nil
}

// nameBySchema finds the schema's member for a Go field: the Go name is the member's with a capital first letter.
func nameBySchema(f *field, schema *smithy.Schema) bool {
	m := schema.Member(f.goName)
	if m == nil {
		r, n := utf8.DecodeRuneInString(f.goName)
		m = schema.Member(string(unicode.ToLower(r)) + f.goName[n:])
	}
	if m == nil {
		return false
	}
	f.name = m.MemberName()
	if _, ok := smithy.SchemaTrait[*traits.HTTPLabel](m); ok {
		f.in, f.location = inLabel, f.name
	} else if q, ok := smithy.SchemaTrait[*traits.HTTPQuery](m); ok {
		f.in, f.location = inQuery, q.Name
	} else if h, ok := smithy.SchemaTrait[*traits.HTTPHeader](m); ok {
		f.in, f.location = inHeader, h.Name
	} else if _, ok := smithy.SchemaTrait[*traits.HTTPPayload](m); ok {
		f.in = inPayload
	} else if _, ok := smithy.SchemaTrait[*traits.HTTPResponseCode](m); ok {
		f.in = inStatus
	}
	return true
}

// schemaOf asks a type of the SDK for its schema by the first call of its Serialize method, or is nil.
func schemaOf(t reflect.Type) *smithy.Schema {
	s, ok := reflect.TypeAssert[smithy.Serializable](reflect.New(t))
	if !ok {
		return nil
	}
	var p schemaProbe
	s.Serialize(&p)
	return p.schema
}

// schemaProbe is a serializer that notes the schema of the structure written to it. An empty structure writes nothing
// else but required scalars that are not behind a pointer.
type schemaProbe struct {
	smithy.ShapeSerializer // nil: anything but the methods below is a bug that the test of all types finds

	schema *smithy.Schema
}

func (p *schemaProbe) WriteStruct(s *smithy.Schema) {
	if p.schema == nil {
		p.schema = s
	}
}

func (p *schemaProbe) CloseStruct()                         {}
func (p *schemaProbe) WriteBool(*smithy.Schema, bool)       {}
func (p *schemaProbe) WriteInt32(*smithy.Schema, int32)     {}
func (p *schemaProbe) WriteInt64(*smithy.Schema, int64)     {}
func (p *schemaProbe) WriteFloat64(*smithy.Schema, float64) {}
func (p *schemaProbe) WriteString(*smithy.Schema, string)   {}
