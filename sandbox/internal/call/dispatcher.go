// Package call is the one way in: everything that acts in the sandbox goes through [Dispatcher.Do].
//
// A request on the wire, a stack provisioning a resource, a schedule that fires, a remediation starting a runbook
// and a runbook's step all call operations here, so that injected faults, the list of accepted members, IAM, quotas
// and the call log apply to each of them alike.
package call

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
)

// Interceptor checks a call before it runs and stops it by an error. Interceptors run in the order of [Dispatcher.Intercept].
type Interceptor func(ctx context.Context, op *Op, c Caller, in any) error

// Dispatcher finds operations and lets calls through its interceptors.
// Register, Intercept and Observe belong to the set-up; after that a Dispatcher is safe for concurrent use.
type Dispatcher struct {
	clock        *clock.Clock
	byInput      map[reflect.Type]*Op
	byName       map[string]*Op
	interceptors []Interceptor
	observers    []func(Entry)
}

// New makes a dispatcher without operations whose only interceptor is the list of accepted members.
func New(clk *clock.Clock) *Dispatcher {
	return &Dispatcher{
		clock:        clk,
		byInput:      map[reflect.Type]*Op{},
		byName:       map[string]*Op{},
		interceptors: []Interceptor{CheckMembers},
	}
}

// Register adds operations. Two of one name or one input type are a programming error and panic.
func (d *Dispatcher) Register(ops ...*Op) {
	for _, op := range ops {
		name := op.Service + "." + op.Name
		if d.byName[name] != nil || d.byInput[op.In] != nil {
			panic("operation registered twice: " + name)
		}
		d.byName[name] = op
		d.byInput[op.In] = op
	}
}

// Intercept adds interceptors after those that there are.
func (d *Dispatcher) Intercept(interceptors ...Interceptor) {
	d.interceptors = append(d.interceptors, interceptors...)
}

// Observe adds a function that sees every finished call, refused ones too. It must be quick and must not call back.
func (d *Dispatcher) Observe(f func(Entry)) { d.observers = append(d.observers, f) }

// Operation finds an operation by signing name and operation name.
func (d *Dispatcher) Operation(service, name string) (*Op, bool) {
	op, ok := d.byName[service+"."+name]
	return op, ok
}

// Operations lists all, sorted by service and name.
func (d *Dispatcher) Operations() []*Op {
	names := make([]string, 0, len(d.byName))
	for n := range d.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	ops := make([]*Op, len(names))
	for i, n := range names {
		ops[i] = d.byName[n]
	}
	return ops
}

// Do makes the call: interceptors first, then the operation. in is a pointer to the operation's input type.
func (d *Dispatcher) Do(ctx context.Context, c Caller, op *Op, in any) (any, error) {
	at := d.clock.Now()
	out, err := d.pass(ctx, c, op, in)
	if len(d.observers) > 0 {
		e := Entry{At: at, Caller: c, Service: op.Service, Name: op.Name, Input: in, Err: err}
		if !op.noAuth {
			e.Permissions = op.permissions(c, in)
		}
		for _, f := range d.observers {
			f(e)
		}
	}
	return out, err
}

func (d *Dispatcher) pass(ctx context.Context, c Caller, op *Op, in any) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, f := range d.interceptors {
		if err := f(ctx, op, c, in); err != nil {
			return nil, err
		}
	}
	return op.call(ctx, c, in)
}

// Do makes a typed call; the operation is found by the type of in.
func Do[O, I any](ctx context.Context, d *Dispatcher, c Caller, in *I) (*O, error) {
	op := d.byInput[reflect.TypeFor[I]()]
	if op == nil {
		return nil, apierr.Unsupported("the operation of %T", in)
	}
	out, err := d.Do(ctx, c, op, in)
	if err != nil {
		return nil, err
	}
	typed, ok := out.(*O)
	if !ok {
		return nil, fmt.Errorf("%s %s answers %T, not %T", op.Service, op.Name, out, typed)
	}
	return typed, nil
}

// CheckMembers is the interceptor that refuses an input member which the operation does not accept.
func CheckMembers(_ context.Context, op *Op, _ Caller, in any) error {
	v := reflect.ValueOf(in)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Type() != op.In {
		return apierr.New(http.StatusBadRequest, "SerializationException", "%s accepts a %v", op.Name, op.In)
	}
	if path := op.members.unsupported(v.Elem()); path != "" {
		return apierr.Unsupported("the member %s of %s %s", path, op.Service, op.Name)
	}
	return nil
}
