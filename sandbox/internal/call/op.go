package call

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"time"
)

// Permission is one permission that a call wants: an IAM action on a resource ARN ("*" where AWS has no resource-level
// permission for the action), with the condition keys that the request carries (iam:PassedToService, …).
type Permission struct {
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

// Op is one API operation of the sandbox: its name, its input type, what it accepts and which permissions it wants.
type Op struct {
	Service string // signing name: lambda, config, ssm, organizations, account, sts, iam, cloudformation, scheduler
	Name    string
	In      reflect.Type // struct type of the SDK: lambda.GetFunctionInput

	supports    []string
	members     *memberPlan
	permissions func(Caller, any) []Permission
	noAuth      bool
	limit       *Limit
	call        func(context.Context, Caller, any) (any, error)
}

// Operation makes an Op of a function with the shape of the SDK client's method. Until [Op.Accepts] is called it
// accepts no input member; until [Op.Permissions] or [Op.NoAuth] is called it wants the action SERVICE:NAME on "*".
func Operation[I, O any](service, name string, f func(context.Context, Caller, *I) (*O, error)) *Op {
	op := &Op{
		Service: service, Name: name,
		In: reflect.TypeFor[I](),
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
	op.members = planMembers(op.In, nil)
	return op.Permissions(func(Caller, any) []Permission { return []Permission{{Resource: "*"}} })
}

// Accepts lists the input members that the operation acts on, by Go field name, with dots for nested ones
// ("Code.ZipFile"). A name covers all below it. A call that sets any other member is refused by name; a name that
// the SDK type does not have panics at start.
func (op *Op) Accepts(members ...string) *Op {
	op.supports = append(op.supports, members...)
	op.members = planMembers(op.In, op.supports)
	return op
}

// Accepted is the list given to [Op.Accepts].
func (op *Op) Accepted() []string { return op.supports }

// PermissionsFunc says which permissions a call wants. A permission without an action is for the operation's own,
// SERVICE:NAME.
type PermissionsFunc func(c Caller, in any) []Permission

// Permissions says what permissions a call wants; make f with [On], [OnEach], [OnAction] or [For].
func (op *Op) Permissions(f PermissionsFunc) *Op {
	action := op.Service + ":" + op.Name
	op.permissions = func(c Caller, in any) []Permission {
		list := f(c, in)
		for i := range list {
			list[i].Action = cmp.Or(list[i].Action, action)
		}
		return list
	}
	return op
}

// NoAuth marks an operation that wants no permission (sts:GetCallerIdentity).
func (op *Op) NoAuth() *Op {
	op.noAuth = true
	return op
}

// Limited puts the operation under a request quota.
func (op *Op) Limited(l Limit) *Op {
	op.limit = &l
	return op
}

// For makes a typed function fit [Op.Permissions].
func For[I any](f func(Caller, *I) []Permission) PermissionsFunc {
	return func(c Caller, in any) []Permission {
		typed, ok := in.(*I)
		if !ok {
			return nil
		}
		return f(c, typed)
	}
}

// On is the common case: the operation's own action on the resource that the input names.
func On[I any](resource func(Caller, *I) string) PermissionsFunc { return OnAction("", resource) }

// OnEach is [On] for an operation whose input names several resources.
func OnEach[I any](resources func(Caller, *I) []string) PermissionsFunc {
	return For(func(c Caller, in *I) []Permission {
		var all []Permission
		for _, r := range resources(c, in) {
			all = append(all, Permission{Resource: r})
		}
		return all
	})
}

// And wants what f wants, then what g wants.
func (f PermissionsFunc) And(g PermissionsFunc) PermissionsFunc {
	return func(c Caller, in any) []Permission { return append(f(c, in), g(c, in)...) }
}

// PassRole is iam:PassRole to a service principal, on the role that the input names; nothing if it names none.
func PassRole[I any](service string, role func(*I) *string) PermissionsFunc {
	return For(func(_ Caller, in *I) []Permission {
		arn := role(in)
		if arn == nil {
			return nil
		}
		return []Permission{{Action: "iam:PassRole", Resource: *arn, Context: map[string][]string{"iam:PassedToService": {service}}}}
	})
}

// OnAction is [On] for an operation whose action has another name (s3:ListAllMyBuckets of ListBuckets).
func OnAction[I any](action string, resource func(Caller, *I) string) PermissionsFunc {
	return For(func(c Caller, in *I) []Permission { return []Permission{{Action: action, Resource: resource(c, in)}} })
}

// Entry is one finished call, as observers see it.
type Entry struct {
	At          time.Time // sandbox time when the call came in
	Caller      Caller
	Service     string
	Name        string
	Input       any // pointer to the operation's input
	Permissions []Permission
	Err         error
}
