package sandbox

import (
	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
)

// Fault makes the calls that it matches fail. Empty fields match everything.
type Fault struct {
	Service, Operation, Account, Region string // Service is the signing name: lambda, config, ssm, …
	// Times is how many matching calls fail; 0 means all, until the fault is taken back.
	Times int
	// Status, Code and Message are the answer: 400, 429, 500, …; the wire code; the text.
	Status        int
	Code, Message string
}

// Inject adds a fault and returns a function that takes it back. It is safe for concurrent use.
func (s *Sandbox) Inject(f Fault) (remove func()) {
	return s.faults.Add(call.Fault{
		Service: f.Service, Operation: f.Operation, Account: f.Account, Region: f.Region, Times: f.Times,
		Err: apierr.New(f.Status, f.Code, "%s", f.Message),
	})
}

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
