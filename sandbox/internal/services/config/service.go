// Package config is the sandbox's AWS Config: the recorder with its configuration items, advanced queries,
// aggregators, rules with Guard policies, and remediation by automations.
//
// It records functions only. Rules and texts are those of the reference sheet, §3. What AWS does after a time that it
// does not publish happens after fixed delays in sandbox time.
package config

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

// Principal is AWS Config's service principal.
const Principal = "config.amazonaws.com"

// sessionName is the name of AWS Config's own sessions.
const sessionName = "AWSConfig"

// Delays in sandbox time. AWS publishes no figures.
const (
	// retryDelay is the time until failed automatic remediations are tried again.
	retryDelay = time.Minute
	// lookAgain is the time until AWS Config looks again at a function that was found non-compliant during its remediation.
	lookAgain = 5 * time.Minute
)

// Config is what the service needs from the sandbox.
type Config struct {
	Dispatcher   *call.Dispatcher
	Clock        *clock.Clock
	IDs          *ids.Source
	Functions    ports.Functions
	Organization ports.Organization
	Regions      ports.Regions
	ServiceRoles ports.ServiceRoles
	Automations  ports.Automations
	Quirks       quirk.Set
}

// Service is the state of all accounts and Regions.
type Service struct {
	Config
	shards *pair.Table[shard]

	ctx  context.Context // ends when the service is closed
	stop context.CancelFunc

	aggregated struct { // see AggregateNow
		sync.RWMutex
		at time.Time
	}
}

// shard is one account in one Region. Its lock is never held during a dispatcher call or while functions are listed.
type shard struct {
	pair.Key
	items *recording.Store // has a lock of its own

	discovery sync.Mutex // for one listing of all functions at a time

	mu             sync.Mutex
	recorder       *recorder
	channel        *types.DeliveryChannel
	rules          map[string]*rule
	queries        map[string]*storedQuery
	aggregators    map[string]*aggregator
	authorizations map[pair.Key]*types.AggregationAuthorization
	tags           map[string]map[string]string // by ARN

	due        map[time.Time]*work // by the time at which it is to be done
	evaluation sync.Mutex          // for one evaluation at a time
	requested  time.Time           // the last StartConfigRulesEvaluation

	running map[string]*execution          // running automations, by execution id
	early   map[string]ports.AutomationEnd // ended before the call that started them returned
	calling int                            // unfinished calls that start automations
}

// New makes an empty service and subscribes it to functions and automations.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.shards = pair.NewTable(func(k pair.Key) *shard {
		return &shard{
			Key: k, items: recording.New(),
			rules: map[string]*rule{}, queries: map[string]*storedQuery{}, aggregators: map[string]*aggregator{},
			authorizations: map[pair.Key]*types.AggregationAuthorization{}, tags: map[string]map[string]string{},
			due: map[time.Time]*work{}, running: map[string]*execution{}, early: map[string]ports.AutomationEnd{},
		}
	})
	c.Functions.Subscribe(s.functionChanged)
	c.Automations.SubscribeAutomations(s.automationEnded)
	return s
}

// Close stops the background work: afterwards no rule is evaluated and no remediation starts.
func (s *Service) Close() { s.stop() }

// after calls f when d of sandbox time has passed, unless the service was closed.
func (s *Service) after(d time.Duration, f func()) {
	s.Clock.AfterFunc(d, func() {
		if s.ctx.Err() == nil {
			f()
		}
	})
}

// AggregateNow makes everything recorded so far visible to aggregators at once. A sandbox calls it after it has made its
// fleet, which is meant to have existed for a long time.
func (s *Service) AggregateNow() {
	s.aggregated.Lock()
	defer s.aggregated.Unlock()
	s.aggregated.at = s.Clock.Now()
}

// aggregatedUntil is the time of the newest change that aggregators show.
func (s *Service) aggregatedUntil() time.Time {
	s.aggregated.RLock()
	defer s.aggregated.RUnlock()
	delay := 5 * time.Second
	if s.Quirks.Is(quirk.AggregatorDelay, "minutes") {
		delay = 3 * time.Minute
	}
	t := s.Clock.Now().Add(-delay)
	if t.Before(s.aggregated.at) {
		return s.aggregated.at
	}
	return t
}

func (s *Service) at(c call.Caller) *shard { return s.shards.Get(c.Account, c.Region) }

// lockAndFind locks the caller's shard and finds something in it. Without an error the caller unlocks the shard.
func lockAndFind[K, T any](s *Service, c call.Caller, find func(*shard, K) (T, error), key K) (*shard, T, error) {
	sh := s.at(c)
	sh.mu.Lock()
	found, err := find(sh, key)
	if err != nil {
		sh.mu.Unlock()
	}
	return sh, found, err
}

// Operations are the operations of the service.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{
		s.recorderOps(), s.channelOps(), s.itemOps(), s.selectOps(), s.storedQueryOps(), s.aggregatorOps(), s.authorizationOps(),
		s.ruleOps(), s.complianceOps(), s.aggregateComplianceOps(), s.remediationOps(), s.exceptionOps(), s.tagOps(),
	} {
		ops = append(ops, group...)
	}
	return ops
}
