// Package stackset is the part of the sandbox's CloudFormation that deploys one template to many accounts and Regions.
//
// Both permission models act as in AWS. A self-managed set assumes its administration role and, with that, the execution
// role of each account. A service-managed one uses the service-linked roles of StackSets and a role stacksets-exec-… in
// each member account. It makes stacks by calls through the dispatcher as that role. Semantics are those of the reference
// sheet, §5.
package stackset

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/background"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/cfn"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// Config is what stack sets need.
type Config struct {
	Clock        *clock.Clock
	IDs          *ids.Source
	Dispatcher   *call.Dispatcher
	Organization ports.Organization
	Regions      ports.Regions
	ServiceRoles ports.ServiceRoles
	Quirks       quirk.Set
	// Template reads and checks a template body.
	Template func(body *string) (*cfn.Template, error)
	// Known says whether a resource type can be made.
	Known func(kind string) bool
	// Stack waits until no operation runs on a stack and returns its status with the reason.
	Stack func(ctx context.Context, account, region, id string) (types.StackStatus, string, error)
}

// Service is the state of all administrator accounts and Regions.
type Service struct {
	Config
	shards *pair.Table[shard]
	work   *background.Work
	roles  sync.Mutex // for making one stacksets-exec role at a time
}

// shard is the stack sets of an account in a Region.
type shard struct {
	pair.Key
	mu   sync.Mutex
	sets []*set // oldest first, deleted ones too
}

// New makes an empty service and subscribes it to the organization.
func New(c Config) *Service {
	s := &Service{Config: c, work: background.New(c.Clock)}
	s.shards = pair.NewTable(func(k pair.Key) *shard { return &shard{Key: k} })
	if c.Organization != nil {
		c.Organization.SubscribeAccounts(s.accountChanged)
	}
	return s
}

// Close ends the background work and waits for it.
func (s *Service) Close() { s.work.Close() }

func (s *Service) shard(c call.Caller) *shard { return s.shards.Get(c.Account, c.Region) }

// find is the active set with a name or id. The shard is locked.
func (sh *shard) find(nameOrID string) (*set, error) {
	i := slices.IndexFunc(sh.sets, func(x *set) bool {
		return x.status == types.StackSetStatusActive && (x.name == nameOrID || x.id == nameOrID || x.arn == nameOrID)
	})
	if i < 0 {
		return nil, notFound(nameOrID)
	}
	return sh.sets[i], nil
}

// lock locks the caller's shard and finds a set in it. Without an error the caller unlocks the shard.
func (s *Service) lock(c call.Caller, name *string, as types.CallAs) (*shard, *set, error) {
	if err := callAs(as); err != nil {
		return nil, nil, err
	}
	sh := s.shard(c)
	sh.mu.Lock()
	x, err := sh.find(aws.ToString(name))
	if err != nil {
		sh.mu.Unlock()
		return nil, nil, err
	}
	return sh, x, nil
}

// arn is the resource of a permission on a stack set.
func (s *Service) arn(c call.Caller, nameOrID *string) string {
	name := aws.ToString(nameOrID)
	sh := s.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if x, err := sh.find(name); err == nil {
		return x.arn
	}
	if strings.Contains(name, ":") {
		return arnPrefix(c) + name
	}
	return arnPrefix(c) + name + ":*"
}

// TemplateBody is the template of a set, for GetTemplateSummary.
func (s *Service) TemplateBody(c call.Caller, name string, as types.CallAs) (string, error) {
	sh, x, err := s.lock(c, &name, as)
	if err != nil {
		return "", err
	}
	defer sh.mu.Unlock()
	return x.body, nil
}

// Operations are the operations on stack sets.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{s.setOps(), s.instanceOps(), s.operationOps(), s.accessOps()} {
		ops = append(ops, group...)
	}
	return ops
}
