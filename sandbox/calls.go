package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/smithy-go"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Call is one finished call of an operation, whoever made it: a client, a stack, a schedule, a remediation, a runbook.
type Call struct {
	At                 time.Time // sandbox time when it came in
	Service, Operation string    // Service is the signing name: lambda, config, ssm, …
	Account, Region    string    // where it acts
	Principal          string    // ARN of who acts, or the service principal of an AWS service that acts by itself
	Via                string    // service principal of the service that forwarded it for Principal, or empty
	Input              any       // the SDK's own, such as *lambda.GetFunctionInput; it must not be changed
	Err                error     // nil, or what was answered: a smithy.APIError
}

func finished(e call.Entry) Call {
	return Call{
		At: e.At, Service: e.Service, Operation: e.Name, Account: e.Caller.Account, Region: e.Caller.Region,
		Principal: e.Caller.Principal, Via: e.Caller.Via, Input: e.Input, Err: e.Err,
	}
}

// Code is the error code that was answered, such as AccessDeniedException, or empty.
func (c Call) Code() string {
	if ae, ok := errors.AsType[smithy.APIError](c.Err); ok {
		return ae.ErrorCode()
	}
	return ""
}

// String is the call in one line, for the messages of tests.
func (c Call) String() string {
	text := fmt.Sprintf("%s %s:%s by %s in %s %s", c.At.Format(time.RFC3339), c.Service, c.Operation, c.Principal, c.Account, c.Region)
	if c.Via != "" {
		text += " via " + c.Via
	}
	if c.Err != nil {
		text += ": " + c.Err.Error()
	}
	return text
}

// Fault makes the calls that it matches fail. Empty fields match everything.
type Fault struct {
	Service, Operation, Account, Region string // Service is the signing name: lambda, config, ssm, …
	// Times is how many matching calls fail; 0 means all, until the fault is taken back.
	Times int
	// Status and Code are the HTTP status and the error code of the answer; left out, 500 and InternalFailure.
	Status        int
	Code, Message string
}

// Inject adds a fault and returns a function that takes it back. It panics if the sandbox has no operation that the fault
// could match: a test with a misspelt name would prove nothing.
func (s *Sandbox) Inject(f Fault) (remove func()) {
	if !slices.ContainsFunc(s.dispatcher.Operations(), func(op *call.Op) bool {
		return (f.Service == "" || f.Service == op.Service) && (f.Operation == "" || f.Operation == op.Name)
	}) {
		panic(fmt.Sprintf("sandbox: no operation %q of the service %q to fail", f.Operation, f.Service))
	}
	return s.faults.Add(call.Fault{
		Service: f.Service, Operation: f.Operation, Account: f.Account, Region: f.Region, Times: f.Times,
		Err: apierr.New(cmp.Or(f.Status, http.StatusInternalServerError), cmp.Or(f.Code, "InternalFailure"), "%s", f.Message),
	})
}

// Unsupported is the error code of what the sandbox does not have, or an input member that it does not act on.
const Unsupported = "SandboxUnsupported"

// Operation is one AWS operation that the sandbox has.
type Operation struct {
	Service, Name string
	// Members are the input members that it acts on; a name covers everything below it. All others are refused.
	Members []string
}

// Operations lists what the sandbox has, sorted by service and name.
func (s *Sandbox) Operations() []Operation {
	var out []Operation
	for _, op := range s.dispatcher.Operations() {
		out = append(out, Operation{Service: op.Service, Name: op.Name, Members: op.Accepted()})
	}
	return out
}
