package sandbox

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/ids"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
	"github.com/layerfleet/layerfleet/sandbox/internal/runbook"
	"github.com/layerfleet/layerfleet/sandbox/internal/seed"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/account"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudformation"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/cloudwatch"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/iam"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/lambda"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/organizations"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/s3"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/scheduler"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/sts"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/tagging"
	"github.com/layerfleet/layerfleet/sandbox/internal/spool"
	"github.com/layerfleet/layerfleet/sandbox/internal/traffic"
	"github.com/layerfleet/layerfleet/sandbox/internal/wire"
)

// services are the parts of a sandbox, tied together.
type services struct {
	clock      *clock.Clock
	ids        *ids.Source
	dispatcher *call.Dispatcher
	faults     call.Faults
	wire       map[string]*wire.Service

	organization   *organizations.Service
	account        *account.Service
	iam            *iam.Service
	sts            *sts.Service
	lambda         *lambda.Service
	config         *config.Service
	ssm            *ssm.Service
	cloudformation *cloudformation.Service
	scheduler      *scheduler.Service
	s3             *s3.Service
	cloudwatch     *cloudwatch.Service
	tagging        *tagging.Service
	troubles       *traffic.Troubles
	scripts        *runbook.Runner
	spool          *spool.Spool
}

// newServices makes all services and registers their operations. IAM, quotas and faults come with guard, once the
// organization stands.
func newServices(o Options, quirks quirk.Set, clk *clock.Clock, secret, url string, blobURL func(string) string) *services {
	s := &services{clock: clk, ids: ids.New(o.Seed), wire: map[string]*wire.Service{}}
	for _, w := range wire.Services() {
		s.wire[w.Name] = w
	}
	s.dispatcher = call.New(s.clock)
	s.spool = spool.New(spool.DefaultLimit)
	may := func(service string) func(context.Context, call.Caller, call.Permission) error {
		return func(ctx context.Context, c call.Caller, n call.Permission) error {
			return s.iam.Authorize(ctx, &call.Op{Service: service}, c, n)
		}
	}
	s.s3 = s3.New(s3.Config{Clock: s.clock, IDs: s.ids, Spool: s.spool, May: may("s3")})
	s.lambda = lambda.New(lambda.Config{Clock: s.clock, IDs: s.ids, BlobURL: blobURL, Dispatcher: s.dispatcher, Spool: s.spool, May: may("lambda"), Quirks: quirks})
	s.organization = organizations.New(organizations.Config{
		Clock: s.clock, IDs: s.ids, Management: strconv.Itoa(seed.ManagementAccount), Name: "management",
		Prepare: func(ctx context.Context, account, name string) error {
			return s.makeRole(ctx, account, accessRole(name, s.organization.ManagementAccount()))
		},
	})
	s.iam = iam.New(iam.Config{Clock: s.clock, IDs: s.ids, Organization: s.organization, Policies: []ports.ResourcePolicies{s.lambda}, Quirks: quirks})
	s.sts = sts.New(sts.Config{IAM: s.iam, Organization: s.organization, Secret: secret, Outsider: Outsider})
	s.account = account.New(account.Config{Organization: s.organization, Regions: o.Regions})
	s.scripts = runbook.New(runbook.Config{Python: o.Python, Clock: s.clock, Endpoint: func() string { return url }})
	s.ssm = ssm.New(ssm.Config{Dispatcher: s.dispatcher, Clock: s.clock, IDs: s.ids, Scripts: s.scripts, Calls: s.callByName, Quirks: quirks})
	s.config = config.New(config.Config{
		Dispatcher: s.dispatcher, Clock: s.clock, IDs: s.ids, Functions: s.lambda, Organization: s.organization, Regions: s.account,
		ServiceRoles: s.iam, Automations: s.ssm, Quirks: quirks,
	})
	s.cloudformation = cloudformation.New(cloudformation.Config{
		Clock: s.clock, IDs: s.ids, Dispatcher: s.dispatcher, Organization: s.organization, Regions: s.account, ServiceRoles: s.iam, Quirks: quirks,
	})
	s.scheduler = scheduler.New(scheduler.Config{Dispatcher: s.dispatcher, Clock: s.clock, IDs: s.ids, Assumable: s.iam.Assumable, Call: s.callByName})
	s.watch(o, quirks)
	for _, ops := range [][]*call.Op{
		s.lambda.Operations(), s.organization.Operations(), s.account.Operations(), s.iam.Operations(), s.sts.Operations(),
		s.config.Operations(), s.ssm.Operations(), s.cloudformation.Operations(), s.scheduler.Operations(), s.s3.Operations(),
		s.cloudwatch.Operations(), s.tagging.Operations(),
	} {
		s.dispatcher.Register(ops...)
	}
	return s
}

// metricsListedAfter is how long it takes at most until ListMetrics knows a new metric (CloudWatch API Reference).
const metricsListedAfter = 15 * time.Minute

// watch makes what looks at functions from outside: how they do, and what is tagged how.
func (s *services) watch(o Options, quirks quirk.Set) {
	listed := metricsListedAfter
	if quirks.Is(quirk.NewMetrics, "at-once") {
		listed = 0
	}
	s.troubles = &traffic.Troubles{}
	for _, b := range o.Breaks {
		s.troubles.Break(traffic.Break{Layer: b.Layer, Version: b.Version, Share: b.Share})
	}
	for _, x := range o.Outages {
		s.troubles.Outage(x.from(s.clock.Now()))
	}
	s.cloudwatch = cloudwatch.New(cloudwatch.Config{Clock: s.clock, IDs: s.ids, Lives: s.lambda, Troubles: s.troubles, ListedAfter: listed})
	s.tagging = tagging.New(map[string]ports.Tagged{
		"cloudformation": s.cloudformation, "cloudwatch": s.cloudwatch, "config": s.config, "lambda": s.lambda, "ssm": s.ssm,
	})
}

// guard shuts the dispatcher: from now on every call passes faults, IAM and quotas.
func (s *services) guard() {
	s.iam.SettleNow()
	s.lambda.SettleNow()
	s.dispatcher.Intercept(s.faults.Intercept, call.CheckPermissions(s.iam), call.CheckQuotas(s.clock))
}

// close ends what runs in the background, callers before those that they call.
func (s *services) close() error {
	s.scheduler.Close()
	s.cloudformation.Close()
	s.config.Close()
	s.ssm.Close()
	s.organization.Close()
	return errors.Join(s.scripts.Close(), s.spool.Close())
}

// callByName makes a call from text: what a runbook step, a schedule or a script without boto3 holds.
func (s *services) callByName(ctx context.Context, c call.Caller, service, name string, input []byte) ([]byte, error) {
	op, ok := s.dispatcher.Operation(service, name)
	w := s.wire[service]
	if !ok || w == nil {
		return nil, apierr.Unsupported("the operation %s of %s", name, service)
	}
	in := reflect.New(op.In).Interface()
	if err := w.DecodeJSON(name, input, in); err != nil {
		return nil, err
	}
	out, err := s.dispatcher.Do(ctx, c, op, in)
	if err != nil {
		return nil, err
	}
	return w.EncodeJSON(name, out)
}
