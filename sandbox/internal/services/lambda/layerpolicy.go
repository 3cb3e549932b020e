package lambda

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
	"github.com/layerfleet/layerfleet/sandbox/internal/quirk"
)

// layerPolicy is the resource policy of one layer version; a new version starts without any.
type layerPolicy struct {
	statements []layerStatement
	revisions  uint64
	revision   string
}

// layerStatement is a statement as AWS stores it.
type layerStatement struct {
	Sid       string
	Effect    string
	Principal any // "*" or {"AWS": "arn:…:root"}
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`

	added time.Time
}

// grantDelay is how long a grant takes to count. AWS publishes no figure.
const grantDelay = 5 * time.Second

// SettleNow makes all grants count that there are. A sandbox calls it after it has made its layers, which are meant to have
// existed for a long time.
func (s *Service) SettleNow() {
	now := s.clock.Now()
	s.settled.Store(&now)
}

// counts says whether a statement is in force.
func (s *Service) counts(st layerStatement) bool {
	settled := s.settled.Load()
	return s.quirks.Is(quirk.GrantDelay, "none") || settled != nil && !st.added.After(*settled) || !s.clock.Now().Before(st.added.Add(grantDelay))
}

// maxLayerPolicy is the limit of a resource policy in bytes (the function policy's, 20 KB; UNCONFIRMED for layers).
const maxLayerPolicy = 20480

func (p *layerPolicy) document() string {
	b, err := json.Marshal(struct {
		Version   string
		Id        string //nolint:revive // AWS's own member name
		Statement []layerStatement
	}{"2012-10-17", "default", p.statements})
	if err != nil {
		panic(err) // strings and maps of strings always marshal
	}
	return string(b)
}

func (s *Service) layerPolicyOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "AddLayerVersionPermission", s.addLayerVersionPermission)).
			Accepts("LayerName", "VersionNumber", "StatementId", "Action", "Principal", "OrganizationId", "RevisionId").
			Permissions(call.On(func(c call.Caller, in *api.AddLayerVersionPermissionInput) string {
				return layerVersionARN(c, in.LayerName, in.VersionNumber)
			})),
		control(call.Operation("lambda", "GetLayerVersionPolicy", s.getLayerVersionPolicy)).Accepts("LayerName", "VersionNumber").
			Permissions(call.On(func(c call.Caller, in *api.GetLayerVersionPolicyInput) string {
				return layerVersionARN(c, in.LayerName, in.VersionNumber)
			})),
		control(call.Operation("lambda", "RemoveLayerVersionPermission", s.removeLayerVersionPermission)).
			Accepts("LayerName", "VersionNumber", "StatementId", "RevisionId").
			Permissions(call.On(func(c call.Caller, in *api.RemoveLayerVersionPermissionInput) string {
				return layerVersionARN(c, in.LayerName, in.VersionNumber)
			})),
	}
}

// ResourcePolicy implements [ports.ResourcePolicies] for layer version ARNs.
func (s *Service) ResourcePolicy(arn string) (string, bool) {
	a, err := parseLayerVersion(arn, "arn")
	if err != nil || !a.in(a.region) {
		return "", false
	}
	sh, ok := s.shards.Find(a.account, a.region)
	if !ok {
		return "", false
	}
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	v := sh.layerVersion(a.name, a.n)
	if v == nil {
		return "", false
	}
	var inForce layerPolicy
	for _, st := range v.policy.statements {
		if s.counts(st) {
			inForce.statements = append(inForce.statements, st)
		}
	}
	return inForce.document(), len(inForce.statements) > 0
}

// lockedLayer is a living version of the caller's own, with its shard locked; call unlock.
func (s *Service) lockedLayer(c call.Caller, name *string, n *int64) (v *layerVersion, unlock func(), err error) {
	own, err := ownLayer(c, name)
	if err != nil {
		return nil, nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	if v = sh.layerVersion(own, aws.ToInt64(n)); v == nil {
		sh.mu.Unlock()
		return nil, nil, notFound("Layer version ARN does not exist.")
	}
	return v, sh.mu.Unlock, nil
}

var (
	organizationPattern = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	statementPattern    = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,100}$`)
	principalPattern    = regexp.MustCompile(`^(?:\*|(\d{12})|arn:aws[a-zA-Z-]*:iam::(\d{12}):root)$`)
)

func (s *Service) addLayerVersionPermission(_ context.Context, c call.Caller, in *api.AddLayerVersionPermissionInput) (*api.AddLayerVersionPermissionOutput, error) {
	st, err := newStatement(c, in)
	if err != nil {
		return nil, err
	}
	v, unlock, err := s.lockedLayer(c, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p := &v.policy
	if in.RevisionId != nil && *in.RevisionId != p.revision {
		return nil, precondition("GetLayerPolicy")
	}
	if slices.ContainsFunc(p.statements, func(x layerStatement) bool { return x.Sid == st.Sid }) {
		return nil, conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", st.Sid)
	}
	st.Resource, st.added = v.arn, s.clock.Now()
	next := layerPolicy{statements: append(slices.Clone(p.statements), st), revisions: p.revisions}
	if len(next.document()) > maxLayerPolicy {
		return nil, policyTooLong()
	}
	s.newPolicy(v, next)
	text, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	return &api.AddLayerVersionPermissionOutput{Statement: aws.String(string(text)), RevisionId: aws.String(v.policy.revision)}, nil
}

// newStatement checks a request and makes the statement of it.
func newStatement(c call.Caller, in *api.AddLayerVersionPermissionInput) (layerStatement, error) {
	st := layerStatement{Sid: aws.ToString(in.StatementId), Effect: "Allow", Action: aws.ToString(in.Action), Principal: "*"}
	if !statementPattern.MatchString(st.Sid) {
		return st, apierr.Constraint(st.Sid, "statementId", apierr.Pattern("([a-zA-Z0-9-_]+)"))
	}
	if st.Action != "lambda:GetLayerVersion" {
		return st, apierr.Constraint(st.Action, "action", apierr.Pattern("lambda:GetLayerVersion"))
	}
	m := principalPattern.FindStringSubmatch(aws.ToString(in.Principal))
	if m == nil {
		return st, apierr.Constraint(aws.ToString(in.Principal), "principal", apierr.Pattern(`\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root`))
	}
	if account := m[1] + m[2]; account != "" {
		st.Principal = map[string]string{"AWS": "arn:" + function.Partition(c.Region) + ":iam::" + account + ":root"}
	}
	if org := aws.ToString(in.OrganizationId); org != "" {
		if !organizationPattern.MatchString(org) {
			return st, apierr.Constraint(org, "organizationId", apierr.Pattern("o-[a-z0-9]{10,32}"))
		}
		if st.Principal != "*" {
			return st, invalid("OrganizationId can only be specified with principal *.")
		}
		// UNCONFIRMED: the form of the condition that AWS writes.
		st.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": org}}
	}
	return st, nil
}

func (s *Service) newPolicy(v *layerVersion, next layerPolicy) {
	next.revisions++
	next.revision = s.ids.At("", "", "layer-policy", v.arn, next.revisions).UUID()
	v.policy = next
}

func (s *Service) getLayerVersionPolicy(_ context.Context, c call.Caller, in *api.GetLayerVersionPolicyInput) (*api.GetLayerVersionPolicyOutput, error) {
	v, unlock, err := s.lockedLayer(c, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if len(v.policy.statements) == 0 {
		return nil, notFound("No policy is associated with the given resource.")
	}
	return &api.GetLayerVersionPolicyOutput{Policy: aws.String(v.policy.document()), RevisionId: aws.String(v.policy.revision)}, nil
}

func (s *Service) removeLayerVersionPermission(_ context.Context, c call.Caller, in *api.RemoveLayerVersionPermissionInput) (*api.RemoveLayerVersionPermissionOutput, error) {
	v, unlock, err := s.lockedLayer(c, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p := &v.policy
	if len(p.statements) == 0 {
		return nil, notFound("No policy is associated with the given resource.")
	}
	if in.RevisionId != nil && *in.RevisionId != p.revision {
		return nil, precondition("GetLayerPolicy")
	}
	sid := aws.ToString(in.StatementId)
	rest := slices.DeleteFunc(slices.Clone(p.statements), func(x layerStatement) bool { return x.Sid == sid })
	if len(rest) == len(p.statements) {
		return nil, notFound("Statement %s is not found in resource policy.", sid)
	}
	s.newPolicy(v, layerPolicy{statements: rest, revisions: p.revisions})
	return &api.RemoveLayerVersionPermissionOutput{}, nil
}
