package door

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// Need is one permission that a call wants: an IAM action on a resource ARN ("*" where AWS has no resource-level
// permission for the action), with the condition keys that the request carries (iam:PassedToService, …).
type Need struct {
	Action   string
	Resource string
	Context  map[string][]string
}

// Limit is a request quota of AWS: so many calls a second in each pair, shared by all operations that name the
// same bucket.
type Limit struct {
	Bucket    string
	PerSecond float64
	Burst     int
	// Exceeded is the error that the service answers over the limit.
	Exceeded func() error
}

// Op is one API operation of the sandbox: its name, its SDK types, what it honours and what it needs.
type Op struct {
	Service string // signing name: lambda, config, ssm, organizations, account, sts, iam, cloudformation, scheduler
	Name    string
	In, Out reflect.Type // struct types of the SDK: lambda.GetFunctionInput, lambda.GetFunctionOutput

	supports []string
	members  *memberPlan
	needs    func(Caller, any) []Need
	free     bool
	limit    *Limit
	call     func(context.Context, Caller, any) (any, error)
}

// Operation makes an Op of a function with the shape of the SDK client's method. Until [Op.Honours] is called it
// honours no input member; until [Op.Needs] or [Op.Free] is called it needs the action SERVICE:NAME on "*".
func Operation[I, O any](service, name string, f func(context.Context, Caller, *I) (*O, error)) *Op {
	op := &Op{
		Service: service, Name: name,
		In: reflect.TypeFor[I](), Out: reflect.TypeFor[O](),
		call: func(ctx context.Context, c Caller, in any) (any, error) {
			typed, ok := in.(*I)
			if !ok {
				return nil, fmt.Errorf("%s %s: input is %T, want %T", service, name, in, typed)
			}
			out, err := f(ctx, c, typed)
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
	action := service + ":" + name
	op.needs = func(Caller, any) []Need { return []Need{{Action: action, Resource: "*"}} }
	op.members = planMembers(op.In, nil)
	return op
}

// Honours lists the input members that the operation acts on, by Go field name, with dots for nested ones
// ("Code.ZipFile"). A name covers all below it. A call that sets any other member is refused by name; a name that
// the SDK type does not have panics at start.
func (op *Op) Honours(members ...string) *Op {
	op.supports = append(op.supports, members...)
	op.members = planMembers(op.In, op.supports)
	return op
}

// Supports is the list given to [Op.Honours].
func (op *Op) Supports() []string { return op.supports }

// Needs says what permissions a call wants; wrap a typed function with [For].
func (op *Op) Needs(f func(Caller, any) []Need) *Op {
	op.needs = f
	return op
}

// Free marks an operation that needs no permission (sts:GetCallerIdentity).
func (op *Op) Free() *Op {
	op.free = true
	return op
}

// Limited puts the operation under a request quota.
func (op *Op) Limited(l Limit) *Op {
	op.limit = &l
	return op
}

// For makes a typed needs function fit [Op.Needs].
func For[I any](f func(Caller, *I) []Need) func(Caller, any) []Need {
	return func(c Caller, in any) []Need {
		typed, ok := in.(*I)
		if !ok {
			return nil
		}
		return f(c, typed)
	}
}

// On is the common needs function: one action on the resource that the input names.
func On[I any](action string, resource func(Caller, *I) string) func(Caller, any) []Need {
	return For(func(c Caller, in *I) []Need { return []Need{{Action: action, Resource: resource(c, in)}} })
}

// Entry is one finished call, as observers see it.
type Entry struct {
	At       time.Time // sandbox time when the call came in
	Caller   Caller
	Service  string
	Name     string
	Needs    []Need
	Err      error
	Duration time.Duration // real time
}
