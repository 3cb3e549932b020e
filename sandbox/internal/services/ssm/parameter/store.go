// Package parameter is the sandbox's Parameter Store: values of the types String and StringList, with their versions.
//
// Rules are those of the API's model and of the user guide (requirements and constraints for parameter names, tiers,
// versions). The sandbox has no KMS and therefore no SecureString. It has no labels, policies, sharing and public
// parameters of AWS either.
package parameter

import (
	"sync"
	"time"

	api "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/clock"
	"github.com/layerfleet/layerfleet/sandbox/internal/pair"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/ssm/request"
)

const (
	maxVersions = 100     // kept of a parameter; the oldest are removed (text of ParameterMaxVersionLimitExceeded)
	maxStandard = 10_000  // standard parameters in a pair (model of PutParameter, Tier)
	maxAdvanced = 100_000 // advanced parameters in a pair
	maxNames    = 10      // in one GetParameters or DeleteParameters
	pathPage    = 10      // items in a page of GetParametersByPath
	listPage    = 50      // items in a page of DescribeParameters and GetParameterHistory
)

// Store is the parameters of all accounts and Regions.
type Store struct {
	clock  *clock.Clock
	shards *pair.Table[shard]
}

// shard is the parameters of one account in one Region.
type shard struct {
	mu         sync.Mutex
	parameters map[string]*parameter
}

// parameter is one parameter with the versions that are kept. Its shard's lock guards it.
type parameter struct {
	name     string
	versions []*version // ascending, never empty
	tags     request.Tags
}

// version is one version of a parameter. It never changes.
type version struct {
	number      int64
	value       string
	kind        types.ParameterType
	tier        types.ParameterTier // Standard or Advanced
	description *string
	pattern     *string // AllowedPattern
	modified    time.Time
	user        string // ARN of who made it
}

// New makes an empty store.
func New(clk *clock.Clock) *Store {
	return &Store{clock: clk, shards: pair.NewTable(func(pair.Key) *shard { return &shard{parameters: map[string]*parameter{}} })}
}

// lock is the caller's shard, locked.
func (s *Store) lock(c call.Caller) *shard {
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	return sh
}

func (p *parameter) latest() *version { return p.versions[len(p.versions)-1] }

// Operations are the operations of the store. Those on the tags of parameters are in package ssm.
func (s *Store) Operations() []*call.Op {
	return []*call.Op{
		call.Operation("ssm", "PutParameter", s.putParameter).
			Accepts("Name", "Value", "Type", "Description", "AllowedPattern", "Overwrite", "Tier", "DataType", "Tags").Permissions(call.For(putPermissions)),
		call.Operation("ssm", "GetParameter", s.getParameter).Accepts("Name", "WithDecryption").
			Permissions(call.On(func(c call.Caller, in *api.GetParameterInput) string { return ARN(c, named(in.Name)) })),
		call.Operation("ssm", "GetParameters", s.getParameters).Accepts("Names", "WithDecryption").
			Permissions(call.OnEach(func(c call.Caller, in *api.GetParametersInput) []string { return arns(c, in.Names) })),
		call.Operation("ssm", "GetParameterHistory", s.getParameterHistory).Accepts("Name", "WithDecryption", "MaxResults", "NextToken").
			Permissions(call.On(func(c call.Caller, in *api.GetParameterHistoryInput) string { return ARN(c, named(in.Name)) })),
		call.Operation("ssm", "GetParametersByPath", s.getParametersByPath).
			Accepts("Path", "Recursive", "ParameterFilters", "WithDecryption", "MaxResults", "NextToken").Permissions(call.For(pathPermissions)),
		call.Operation("ssm", "DescribeParameters", s.describeParameters).Accepts("ParameterFilters", "MaxResults", "NextToken"),
		call.Operation("ssm", "DeleteParameter", s.deleteParameter).Accepts("Name").
			Permissions(call.On(func(c call.Caller, in *api.DeleteParameterInput) string { return ARN(c, named(in.Name)) })),
		call.Operation("ssm", "DeleteParameters", s.deleteParameters).Accepts("Names").
			Permissions(call.OnEach(func(c call.Caller, in *api.DeleteParametersInput) []string { return arns(c, in.Names) })),
	}
}

func arns(c call.Caller, names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		out = append(out, ARN(c, named(&name)))
	}
	return out
}
