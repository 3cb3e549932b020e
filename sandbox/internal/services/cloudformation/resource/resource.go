// Package resource has the resource types that the sandbox's stacks can make, change and delete.
//
// A type has its properties, the values of Ref and Fn::GetAtt, and the changes that replace the resource (the reference
// sheet, §5.6). It makes calls through the dispatcher with the stack's credentials: IAM, quotas and injected faults apply
// to a stack as they do to its owner. A property that a type does not support is an [UnsupportedError], which names it.
package resource

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
)

// Step is one action on one resource of a stack.
type Step struct {
	Context    context.Context //nolint:containedctx // a Step lives as long as the action
	Dispatcher *call.Dispatcher
	Clock      *clock.Clock
	IDs        *ids.Source
	Caller     call.Caller   // of the stack's calls
	Settle     time.Duration // to wait after a change of a role
	Stack      string        // stack name
	LogicalID  string
	Tags       map[string]string // the stack's tags, which every resource with tags gets
}

// Made is what a stack stores of a resource.
type Made struct {
	ID         string // physical id
	Ref        string // the value of Ref: the physical id for most types
	Attributes map[string]any
}

// Type is a resource type.
type Type struct {
	Name       string
	attributes []string
	nameKey    string // property with the name of the resource, which no other resource can have
	check      func(props map[string]any) error
	replaces   func(old, next map[string]any) (bool, error)
	create     func(*Step, map[string]any) (Made, error)
	update     func(s *Step, m Made, old, next map[string]any) (Made, error)
	remove     func(*Step, Made, map[string]any) error
}

// Types are all types, by name.
func Types() map[string]*Type {
	out := map[string]*Type{}
	for _, group := range [][]*Type{ssmTypes(), configTypes(), recorderTypes(), iamTypes(), schedulerTypes(), lambdaTypes()} {
		for _, t := range group {
			out[t.Name] = t
		}
	}
	return out
}

// HasAttribute says whether Fn::GetAtt has the attribute.
func (t *Type) HasAttribute(name string) bool { return slices.Contains(t.attributes, name) }

// Check finds a property that the type does not support, at any depth: an [UnsupportedError].
func (t *Type) Check(props map[string]any) error { return t.check(props) }

// Replaces says whether the change replaces the resource by a new one.
func (t *Type) Replaces(old, next map[string]any) (bool, error) { return t.replaces(old, next) }

// SameName says whether both properties give the resource the same name: then it cannot be replaced.
func (t *Type) SameName(old, next map[string]any) bool {
	if t.nameKey == "" || next[t.nameKey] == nil {
		return false
	}
	return reflect.DeepEqual(old[t.nameKey], next[t.nameKey])
}

// Create makes the resource. If it returns an error and an ID, a part was made and has to be deleted.
func (t *Type) Create(s *Step, props map[string]any) (Made, error) {
	m, err := t.create(s, props)
	return m, handlerError(err)
}

// Update changes the resource in place.
func (t *Type) Update(s *Step, m Made, old, next map[string]any) (Made, error) {
	made, err := t.update(s, m, old, next)
	return made, handlerError(err)
}

// Delete deletes the resource. One that does not exist is no error.
func (t *Type) Delete(s *Step, m Made, props map[string]any) error {
	if err := t.remove(s, m, props); err != nil && !notFound(err) {
		return handlerError(err)
	}
	return nil
}

// spec is a type with the properties P, a struct whose fields have the properties' names.
type spec[P any] struct {
	attributes []string
	nameKey    string
	// replaces says whether a change of properties replaces the resource; nil: never.
	replaces func(old, next *P) bool
	create   func(*Step, *P) (Made, error)
	// update changes the resource in place; nil: every change replaces.
	update func(s *Step, m Made, old, next *P) (Made, error)
	remove func(*Step, Made, *P) error
}

// define makes a type of its spec.
func define[P any](name string, sp spec[P]) *Type {
	read := func(props map[string]any) (*P, error) {
		p := new(P)
		return p, decode(name, props, p)
	}
	return &Type{
		Name: name, attributes: sp.attributes, nameKey: sp.nameKey,
		check: func(props map[string]any) error {
			_, err := read(props)
			return err
		},
		replaces: func(old, next map[string]any) (bool, error) {
			if sp.update == nil {
				return true, nil
			}
			if sp.replaces == nil {
				return false, nil
			}
			o, n, err := both(read, old, next)
			if err != nil {
				return false, err
			}
			return sp.replaces(o, n), nil
		},
		create: func(s *Step, props map[string]any) (Made, error) {
			p, err := read(props)
			if err != nil {
				return Made{}, err
			}
			return sp.create(s, p)
		},
		update: func(s *Step, m Made, old, next map[string]any) (Made, error) {
			o, n, err := both(read, old, next)
			if err != nil {
				return m, err
			}
			return sp.update(s, m, o, n)
		},
		remove: func(s *Step, m Made, props map[string]any) error {
			p, err := read(props)
			if err != nil {
				return err
			}
			return sp.remove(s, m, p)
		},
	}
}

func both[P any](read func(map[string]any) (*P, error), old, next map[string]any) (o, n *P, err error) {
	if o, err = read(old); err != nil {
		return nil, nil, err
	}
	n, err = read(next)
	return o, n, err
}

// A throttled call is retried so often. The first wait, in sandbox time, is doubled with each retry.
const (
	retries    = 5
	retryFirst = time.Second
)

// do makes a typed call as the stack; a throttled one is tried again, as AWS's own handlers do.
func do[O, I any](s *Step, in *I) (*O, error) {
	wait := retryFirst
	for try := 0; ; try++ {
		out, err := call.Do[O](s.Context, s.Dispatcher, s.Caller, in)
		if err == nil || try == retries || !throttled(err) {
			return out, err
		}
		if err := s.Clock.Sleep(s.Context, wait); err != nil {
			return nil, err
		}
		wait *= 2
	}
}

// does makes a call and ignores its output.
func does[O, I any](s *Step, in *I) error {
	_, err := do[O](s, in)
	return err
}

// name is a generated physical name: the stack's and the resource's names, shortened to fit, and twelve random
// characters (docs: AWSCloudFormation/latest/UserGuide/resources-section-structure, physical IDs).
func (s *Step) name(limit int) string {
	const random = 12
	stack, logical := s.Stack, s.LogicalID
	if room := limit - random - 2; len(stack)+len(logical) > room {
		half := room / 2
		logical = logical[:min(len(logical), max(half, room-len(stack)))]
		stack = stack[:min(len(stack), room-len(logical))]
	}
	id := s.IDs.Next(s.Caller.Account, s.Caller.Region, "physical-id", s.Stack+"/"+s.LogicalID)
	return strings.TrimRight(stack, "-") + "-" + logical + "-" + id.Upper(random)
}

// unless is what was made, or nothing if that failed: a stack deletes what it stores, and a name that existed before
// belongs to someone else.
func unless(err error, m Made) (Made, error) {
	if err != nil {
		return Made{}, err
	}
	return m, nil
}

// named is the given name, or a generated one.
func (s *Step) named(given *string, limit int) string {
	if given != nil {
		return *given
	}
	return s.name(limit)
}
