// Package cloudformation is the sandbox's AWS CloudFormation: stacks, change sets and stack sets.
//
// Package cfn reads templates. Package resource makes resources, through the dispatcher and with the stack's own
// credentials. Package stackset has the stack sets. Operations on stacks run in the background and end with
// [Service.Close]. Times are those of the sandbox clock.
package cloudformation

import (
	"sync"

	"github.com/layerfleet/layerfleet/sandbox/internal/background"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/resource"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation/stackset"
)

// principal is CloudFormation's service principal.
const principal = "cloudformation.amazonaws.com"

// Config is what the service needs from the sandbox.
type Config struct {
	Clock        *clock.Clock
	IDs          *ids.Source
	Dispatcher   *call.Dispatcher
	Organization ports.Organization
	Regions      ports.Regions
	ServiceRoles ports.ServiceRoles
	Quirks       quirk.Set
}

// Service is the state of all accounts and Regions.
type Service struct {
	Config
	types     map[string]*resource.Type
	shards    *pair.Table[shard]
	stackSets *stackset.Service
	recent    recent
	work      *background.Work
}

// shard is one account in one Region.
type shard struct {
	pair.Key
	mu      sync.Mutex
	stacks  map[string]*stack // by name, without deleted ones
	deleted []*stack          // oldest first
}

// New makes an empty service.
func New(c Config) *Service {
	s := &Service{Config: c, types: resource.Types(), work: background.New(c.Clock)}
	s.shards = pair.NewTable(func(k pair.Key) *shard { return &shard{Key: k, stacks: map[string]*stack{}} })
	s.stackSets = stackset.New(stackset.Config{
		Clock: c.Clock, IDs: c.IDs, Dispatcher: c.Dispatcher, Organization: c.Organization, Regions: c.Regions, ServiceRoles: c.ServiceRoles,
		Quirks: c.Quirks, Known: func(kind string) bool { return s.types[kind] != nil },
		Template: s.template, Stack: s.wait,
	})
	return s
}

// Close ends the background work and waits for it. Stacks with an unfinished operation stay in progress.
func (s *Service) Close() {
	s.work.Close()
	s.stackSets.Close()
}

func (s *Service) shard(c call.Caller) *shard { return s.shards.Get(c.Account, c.Region) }

// Operations are the operations of the service.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{s.stackOps(), s.describeOps(), s.templateOps(), s.changeSetOps(), s.stackSets.Operations()} {
		ops = append(ops, group...)
	}
	return ops
}
