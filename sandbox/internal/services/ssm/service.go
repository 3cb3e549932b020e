// Package ssm is the sandbox's Systems Manager: Automation documents, their executions, and Parameter Store.
//
// Package automation checks documents in full. Executions really run, scripts included. Rules and texts are those of the
// reference sheet, §4. Parameters are in package parameter; only the operations on their tags are here.
package ssm

import (
	"context"
	"sync"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/parameter"
)

// Principal is the service principal that assumes the role of an automation.
const Principal = "ssm.amazonaws.com"

// Scripts runs the scripts of aws:executeScript. [*runbook.Runner] does.
type Scripts interface {
	Run(context.Context, runbook.Script) (runbook.Result, error)
}

// CallByName makes a call through the dispatcher from text: a service's signing name, an operation's name and its input
// in the API's plain JSON. It returns the output as JSON.
type CallByName func(ctx context.Context, c call.Caller, service, operation string, input []byte) ([]byte, error)

// Config is what the service needs from the sandbox.
type Config struct {
	Dispatcher *call.Dispatcher
	Clock      *clock.Clock
	IDs        *ids.Source
	Scripts    Scripts
	Calls      CallByName
	Quirks     quirk.Set
}

// Service is the state of all accounts and Regions.
type Service struct {
	Config
	shards     *pair.Table[shard]
	parameters *parameter.Store
	listeners  []func(ports.AutomationEnd)

	ctx  context.Context // ends when the service is closed
	stop context.CancelFunc
	runs sync.WaitGroup
}

var (
	_ ports.Automations = (*Service)(nil)
	_ Scripts           = (*runbook.Runner)(nil)
)

// shard is one account in one Region.
type shard struct {
	pair.Key
	mu        sync.Mutex
	documents map[string]*document

	executions map[string]*execution
	order      []*execution // by start
	tokens     map[string]token
	running    int
	queue      []*execution
}

// New makes an empty service.
func New(c Config) *Service {
	s := &Service{Config: c, parameters: parameter.New(c.Clock)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.shards = pair.NewTable(func(k pair.Key) *shard {
		return &shard{Key: k, documents: map[string]*document{}, executions: map[string]*execution{}, tokens: map[string]token{}}
	})
	return s
}

// SubscribeAutomations implements [ports.Automations]. It belongs to the set-up.
func (s *Service) SubscribeAutomations(f func(ports.AutomationEnd)) {
	s.listeners = append(s.listeners, f)
}

// Close cancels the running automations and waits for their end.
func (s *Service) Close() {
	s.stop()
	s.runs.Wait()
}

// Operations are the operations of the service.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{s.documentOps(), s.readOps(), s.shareOps(), s.tagOps(), s.startOps(), s.executionOps(), s.parameters.Operations()} {
		ops = append(ops, group...)
	}
	return ops
}
