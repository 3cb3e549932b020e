// Package cloudwatch is the sandbox's Amazon CloudWatch: the metrics that Lambda sends, and alarms on them.
//
// Metrics are not stored: they are computed from the traffic of functions when somebody asks. Alarms are evaluated when
// somebody asks, too, minute by minute since the last time, so that what a sandbox shows does not depend on when that was.
//
// Rules and texts are those of the API's model and of answers recorded from AWS (localstack's snapshots of its CloudWatch
// tests, 2023-09 to 2024-01) where a comment says so.
package cloudwatch

import (
	"sync"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
)

// service is CloudWatch's signing name; its IAM actions begin with cloudwatch.
const service = "monitoring"

// Config is what the service gets from the sandbox.
type Config struct {
	Clock    *clock.Clock
	IDs      *ids.Source
	Lives    ports.Lives
	Troubles *traffic.Troubles
	// ListedAfter is how long ListMetrics does not know a metric that has data.
	ListedAfter time.Duration
}

// Service is the state of all accounts and Regions.
type Service struct {
	Config
	shards *pair.Table[shard]
}

// shard is one account in one Region.
type shard struct {
	pair.Key
	mu      sync.Mutex
	alarms  map[string]*alarm
	history []event   // of alarms that were deleted, too; in order of time
	seen    time.Time // alarms are evaluated up to here
}

// New makes an empty service.
func New(c Config) *Service {
	return &Service{Config: c, shards: pair.NewTable(func(k pair.Key) *shard {
		return &shard{Key: k, alarms: map[string]*alarm{}}
	})}
}

// lock locks the shard of a caller and evaluates its alarms up to now.
func (s *Service) lock(c call.Caller) (sh *shard, now time.Time) {
	sh = s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	now = s.Clock.Now().Truncate(time.Millisecond)
	s.evaluate(sh, now)
	return sh, now
}

// Operations are the calls that the service claims.
func (s *Service) Operations() []*call.Op {
	var ops []*call.Op
	for _, group := range [][]*call.Op{s.metricOps(), s.alarmOps(), s.historyOps(), s.tagOps()} {
		ops = append(ops, group...)
	}
	return ops
}

// everything is the resource of actions that know none.
func everything[I any](call.Caller, *I) string { return "*" }

// perSecond is an operation's request quota (CloudWatch User Guide, "CloudWatch service quotas").
func perSecond(operation string, n float64) call.Limit {
	return call.Limit{
		Bucket: service + ":" + operation, PerSecond: n, Burst: int(n),
		Exceeded: func() error { return apierr.New(400, "Throttling", "Rate exceeded") },
	}
}
