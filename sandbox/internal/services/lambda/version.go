package lambda

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// version is a published version: immutable, but for going away.
type version struct {
	n      int64
	record *function.Record
}

func (v *version) number() string { return strconv.FormatInt(v.n, 10) }
func (v *version) arn() string    { return v.record.ARN() + ":" + v.number() }

func (s *Service) versionOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "PublishVersion", s.publishVersion)).
			Accepts("FunctionName", "CodeSha256", "Description", "RevisionId").
			Permissions(call.On(func(c call.Caller, in *api.PublishVersionInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "ListVersionsByFunction", s.listVersionsByFunction)).Accepts("FunctionName", "Marker", "MaxItems").
			Permissions(call.On(func(c call.Caller, in *api.ListVersionsByFunctionInput) string {
				return functionARN(c, in.FunctionName)
			})),
	}
}

// publish makes a version of $LATEST, or finds the newest one if nothing changed since. The shard is locked.
func (s *Service) publish(sh *shard, f *fn, description string) *version {
	if !f.changed {
		return f.versions[len(f.versions)-1]
	}
	f.published++
	rec := *f.latest
	rec.Description = description
	rec.RevisionID = s.revision(sh, f, rec.Name)
	v := &version{n: f.published, record: &rec}
	f.versions = append(f.versions, v)
	f.changed = false
	s.put(sh, f, *f.latest) // publishing gives $LATEST a new RevisionId too
	return v
}

func (s *Service) publishVersion(_ context.Context, c call.Caller, in *api.PublishVersionInput) (*api.PublishVersionOutput, error) {
	f, err := s.lockToChange(c, in.FunctionName, in.RevisionId)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	if want := aws.ToString(in.CodeSha256); want != "" && want != f.latest.CodeSha256 {
		return nil, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", want, f.latest.CodeSha256)
	}
	description := f.latest.Description
	set(&description, in.Description)
	v := s.publish(f.sh, f.fn, description)
	return as[api.PublishVersionOutput](view(v.record, v.number(), v.arn())), nil
}

func (s *Service) listVersionsByFunction(_ context.Context, c call.Caller, in *api.ListVersionsByFunctionInput) (*api.ListVersionsByFunctionOutput, error) {
	r, err := here(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if err := checkMaxItems(in.MaxItems, maxFunctions); err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	f, err := sh.find(r)
	if err != nil {
		return nil, err
	}
	part, next, err := cut(f.rows(true), row.key, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &api.ListVersionsByFunctionOutput{Versions: views(part, true), NextMarker: next}, nil
}

// deleteVersion deletes one published version, unless an alias points at it. The shard is locked.
func (f *fn) deleteVersion(r ref) error {
	if r.qualifier == latest {
		return invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	i := slices.IndexFunc(f.versions, func(v *version) bool { return v.number() == r.qualifier })
	if i < 0 {
		if digits.MatchString(r.qualifier) {
			return nil // deleting what is not there succeeds
		}
		return invalid("Deletion of aliases is not currently supported.")
	}
	for _, a := range f.aliases {
		if _, weighted := a.weights[r.qualifier]; a.version == r.qualifier || weighted {
			return conflict("Version %s cannot be deleted because it is used by the alias %s", r.qualifier, a.name)
		}
	}
	if i == len(f.versions)-1 {
		f.changed = true // nothing newest is left to be equal to
	}
	f.versions = slices.Delete(f.versions, i, i+1)
	return nil
}

func (s *Service) accountOps() []*call.Op {
	return []*call.Op{control(call.Operation("lambda", "GetAccountSettings", s.getAccountSettings))}
}

func (s *Service) getAccountSettings(_ context.Context, c call.Caller, _ *api.GetAccountSettingsInput) (*api.GetAccountSettingsOutput, error) {
	out := &api.GetAccountSettingsOutput{
		AccountLimit: &types.AccountLimit{
			TotalCodeSize: 75 << 30, CodeSizeUnzipped: maxUnzipped, CodeSizeZipped: maxZipped,
			ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: aws.Int32(1000),
		},
		AccountUsage: &types.AccountUsage{},
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	out.AccountUsage.FunctionCount = int64(len(sh.functions))
	for _, f := range sh.functions {
		out.AccountUsage.TotalCodeSize += f.latest.CodeSize
		for _, v := range f.versions {
			out.AccountUsage.TotalCodeSize += v.record.CodeSize
		}
	}
	for _, l := range sh.layers {
		for _, v := range l.versions {
			out.AccountUsage.TotalCodeSize += v.size
		}
	}
	return out, nil
}
