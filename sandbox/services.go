package sandbox

import (
	"context"
	"errors"
	"reflect"
	"strconv"

	"github.com/layerfleet/layerfleet/sandbox/apierr"
	"github.com/layerfleet/layerfleet/sandbox/clock"
	"github.com/layerfleet/layerfleet/sandbox/door"
	"github.com/layerfleet/layerfleet/sandbox/fleet"
	"github.com/layerfleet/layerfleet/sandbox/ids"
	"github.com/layerfleet/layerfleet/sandbox/ports"
	"github.com/layerfleet/layerfleet/sandbox/runbook"
	"github.com/layerfleet/layerfleet/sandbox/services/account"
	"github.com/layerfleet/layerfleet/sandbox/services/cloudformation"
	"github.com/layerfleet/layerfleet/sandbox/services/config"
	"github.com/layerfleet/layerfleet/sandbox/services/iam"
	"github.com/layerfleet/layerfleet/sandbox/services/lambda"
	"github.com/layerfleet/layerfleet/sandbox/services/organizations"
	"github.com/layerfleet/layerfleet/sandbox/services/s3"
	"github.com/layerfleet/layerfleet/sandbox/services/scheduler"
	"github.com/layerfleet/layerfleet/sandbox/services/ssm"
	"github.com/layerfleet/layerfleet/sandbox/services/sts"
	"github.com/layerfleet/layerfleet/sandbox/spool"
	"github.com/layerfleet/layerfleet/sandbox/wire"
)

// services are the parts of a sandbox, tied together.
type services struct {
	clock  *clock.Clock
	ids    *ids.Source
	door   *door.Door
	faults door.Faults
	wire   map[string]*wire.Service

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
	scripts        *runbook.Runner
	spool          *spool.Spool
}

// newServices makes all services and registers their operations. IAM, quotas and faults come with guard, once the
// organization stands.
func newServices(o Options, secret, url string, blobURL func(string) string) *services {
	s := &services{clock: clock.New(o.Speed), ids: ids.New(o.Seed), wire: map[string]*wire.Service{}}
	for _, w := range wire.Services() {
		s.wire[w.Name] = w
	}
	s.door = door.New(s.clock)
	s.spool = spool.New(spool.DefaultLimit)
	may := func(service string) func(context.Context, door.Caller, door.Need) error {
		return func(ctx context.Context, c door.Caller, n door.Need) error {
			return s.iam.Authorize(ctx, &door.Op{Service: service}, c, n)
		}
	}
	s.s3 = s3.New(s3.Config{Clock: s.clock, IDs: s.ids, Spool: s.spool, May: may("s3")})
	s.lambda = lambda.New(lambda.Config{Clock: s.clock, IDs: s.ids, BlobURL: blobURL, Door: s.door, Spool: s.spool, May: may("lambda")})
	s.organization = organizations.New(organizations.Config{
		Clock: s.clock, IDs: s.ids, Management: strconv.Itoa(fleet.ManagementAccount), Name: "management",
		Prepare: func(ctx context.Context, account, name string) error {
			return s.makeRole(ctx, account, role{name: name, trust: trustAccount(s.organization.ManagementAccount()), managed: administratorAccess})
		},
	})
	s.iam = iam.New(iam.Config{Clock: s.clock, IDs: s.ids, Organization: s.organization, Policies: []ports.ResourcePolicies{s.lambda}})
	s.sts = sts.New(sts.Config{IAM: s.iam, Organization: s.organization, Secret: secret, Outsider: Outsider})
	s.account = account.New(account.Config{Organization: s.organization, Regions: o.Regions})
	s.scripts = runbook.New(runbook.Config{Python: o.Python, Clock: s.clock, Endpoint: func() string { return url }})
	s.ssm = ssm.New(ssm.Config{Door: s.door, Clock: s.clock, IDs: s.ids, Scripts: s.scripts, Calls: s.callByName})
	s.config = config.New(config.Config{
		Door: s.door, Clock: s.clock, IDs: s.ids, Functions: s.lambda, Organization: s.organization, Regions: s.account,
		Credentials: s.sts, ServiceRoles: s.iam, Automations: s.ssm,
	})
	s.cloudformation = cloudformation.New(cloudformation.Config{
		Clock: s.clock, IDs: s.ids, Door: s.door, Credentials: s.sts, Organization: s.organization, Regions: s.account, ServiceRoles: s.iam,
	})
	s.scheduler = scheduler.New(scheduler.Config{Door: s.door, Clock: s.clock, IDs: s.ids, Credentials: s.sts, Assumable: s.iam.Assumable, Call: s.callByName})
	for _, ops := range [][]*door.Op{
		s.lambda.Operations(), s.organization.Operations(), s.account.Operations(), s.iam.Operations(), s.sts.Operations(),
		s.config.Operations(), s.ssm.Operations(), s.cloudformation.Operations(), s.scheduler.Operations(), s.s3.Operations(),
	} {
		s.door.Register(ops...)
	}
	return s
}

// guard shuts the door: from now on every call passes faults, IAM and quotas.
func (s *services) guard() {
	s.door.Guard(s.faults.Gate, door.Permissions(s.iam), door.Quotas(s.clock))
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
func (s *services) callByName(ctx context.Context, c door.Caller, service, name string, input []byte) ([]byte, error) {
	op, ok := s.door.Operation(service, name)
	w := s.wire[service]
	if !ok || w == nil {
		return nil, apierr.Unsupported("the operation %s of %s", name, service)
	}
	in := reflect.New(op.In).Interface()
	if err := w.DecodeJSON(name, input, in); err != nil {
		return nil, err
	}
	out, err := s.door.Do(ctx, c, op, in)
	if err != nil {
		return nil, err
	}
	return w.EncodeJSON(name, out)
}
