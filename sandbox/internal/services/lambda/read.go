package lambda

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// maxPage is how many functions or versions a page holds, whatever is asked for.
const maxPage = 50

// control puts an operation into the bucket that all control-plane calls of a pair share: 15 a second.
func control(op *call.Op) *call.Op {
	return op.Limited(call.Limit{Bucket: "lambda", PerSecond: 15, Burst: 15, Exceeded: throttled})
}

func (s *Service) functionOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "CreateFunction", s.createFunction)).
			Accepts("FunctionName", "Runtime", "Role", "Handler", "Code.ZipFile", "Code.S3Bucket", "Code.S3Key", "Code.ImageUri", "Description", "Timeout",
				"MemorySize", "Publish", "Layers", "Environment", "Tags", "PackageType", "Architectures", "KMSKeyArn",
				"DeadLetterConfig", "TracingConfig", "EphemeralStorage", "VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds").
			Permissions(call.For(func(c call.Caller, in *api.CreateFunctionInput) []call.Permission {
				return changePermissions(functionARN(c, in.FunctionName), in.Role, in.Layers)
			})),
		call.Operation("lambda", "GetFunction", s.getFunction).Accepts("FunctionName", "Qualifier").
			Limited(call.Limit{Bucket: "lambda:GetFunction", PerSecond: 100, Burst: 100, Exceeded: throttled}).
			Permissions(call.On(func(c call.Caller, in *api.GetFunctionInput) string { return functionARN(c, in.FunctionName) })),
		control(call.Operation("lambda", "GetFunctionConfiguration", s.getFunctionConfiguration)).Accepts("FunctionName", "Qualifier").
			Permissions(call.On(func(c call.Caller, in *api.GetFunctionConfigurationInput) string {
				return functionARN(c, in.FunctionName)
			})),
		control(call.Operation("lambda", "ListFunctions", s.listFunctions)).Accepts("FunctionVersion", "Marker", "MaxItems"),
		control(call.Operation("lambda", "DeleteFunction", s.deleteFunction)).Accepts("FunctionName", "Qualifier").
			Permissions(call.On(func(c call.Caller, in *api.DeleteFunctionInput) string { return functionARN(c, in.FunctionName) })),
	}
}

// lookup finds a record by name and qualifier and builds its view.
func (s *Service) lookup(c call.Caller, name, qualifier *string) (*function.Record, *types.FunctionConfiguration, error) {
	r, err := here(c, name, qualifier)
	if err != nil {
		return nil, nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	f, err := sh.find(r)
	if err != nil {
		return nil, nil, err
	}
	rec, version, err := f.resolve(r)
	if err != nil {
		return nil, nil, err
	}
	return rec, view(rec, version, r.qualifiedARN()), nil
}

func (s *Service) getFunction(ctx context.Context, c call.Caller, in *api.GetFunctionInput) (*api.GetFunctionOutput, error) {
	rec, conf, err := s.lookup(c, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionOutput{Configuration: conf}
	if len(rec.Tags) > 0 {
		// Tags show only to who may list them (API reference of GetFunction: TagsError).
		if err := s.may(ctx, c, call.Permission{Action: "lambda:ListTags", Resource: rec.ARN()}); err != nil {
			out.TagsError = &types.TagsError{ErrorCode: aws.String("AccessDeniedException"), Message: aws.String(err.Error())}
		} else {
			out.Tags = rec.Tags
		}
	}
	if rec.PackageType == string(types.PackageTypeImage) {
		out.Code = &types.FunctionCodeLocation{
			RepositoryType: aws.String("ECR"), ImageUri: aws.String(rec.Extra.ImageURI),
			ResolvedImageUri: aws.String(imageRepository(rec.Extra.ImageURI) + "@sha256:" + rec.CodeSha256),
		}
	} else {
		out.Code = &types.FunctionCodeLocation{RepositoryType: aws.String("S3"), Location: aws.String(s.blobURL(rec.CodeSha256))}
	}
	return out, nil
}

// imageRepository is an image address without its tag or digest.
func imageRepository(uri string) string {
	for i := len(uri) - 1; i >= 0 && uri[i] != '/'; i-- {
		if uri[i] == ':' || uri[i] == '@' {
			return uri[:i]
		}
	}
	return uri
}

func (s *Service) getFunctionConfiguration(_ context.Context, c call.Caller, in *api.GetFunctionConfigurationInput) (*api.GetFunctionConfigurationOutput, error) {
	_, conf, err := s.lookup(c, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return as[api.GetFunctionConfigurationOutput](conf), nil
}

// names are the functions of the shard in order; they are sorted once after a change of the set.
func (sh *shard) names() []string {
	sh.mu.RLock()
	names := sh.sorted
	sh.mu.RUnlock()
	if names != nil {
		return names
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.sorted == nil {
		sh.sorted = make([]string, 0, len(sh.functions))
		for n := range sh.functions {
			sh.sorted = append(sh.sorted, n)
		}
		slices.Sort(sh.sorted)
	}
	return sh.sorted
}

func (s *Service) listFunctions(_ context.Context, c call.Caller, in *api.ListFunctionsInput) (*api.ListFunctionsOutput, error) {
	all := in.FunctionVersion == types.FunctionVersionAll
	if in.FunctionVersion != "" && !all {
		return nil, apierr.Constraint(in.FunctionVersion, "functionVersion", apierr.OneOf(types.FunctionVersionAll))
	}
	size, err := pageSize(in.MaxItems, 10000)
	if err != nil {
		return nil, err
	}
	from, skip, err := unmark(in.Marker)
	if err != nil {
		return nil, err
	}
	sh := s.shards.Get(c.Account, c.Region)
	names := sh.names()
	out := &api.ListFunctionsOutput{Functions: []types.FunctionConfiguration{}}
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, name := range names[sort.SearchStrings(names, from):] {
		f := sh.functions[name]
		if f == nil {
			continue
		}
		rows := rowsOf(f, all)
		if name == from {
			rows = rows[min(skip, len(rows)):]
		} else {
			skip = 0
		}
		room := size - len(out.Functions)
		if len(rows) > room {
			out.Functions = append(out.Functions, rows[:room]...)
			out.NextMarker = mark(name, skip+room)
			break
		}
		out.Functions = append(out.Functions, rows...)
	}
	return out, nil
}

func rowsOf(f *fn, all bool) []types.FunctionConfiguration {
	if !all {
		return []types.FunctionConfiguration{listed(view(f.latest, latest, f.latest.ARN()))}
	}
	rows := []types.FunctionConfiguration{listed(view(f.latest, latest, f.latest.ARN()+":"+latest))}
	for _, v := range f.versions {
		rows = append(rows, listed(view(v.record, v.number(), v.arn())))
	}
	return rows
}

func (s *Service) deleteFunction(_ context.Context, c call.Caller, in *api.DeleteFunctionInput) (*api.DeleteFunctionOutput, error) {
	f, err := s.lock(c, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	if f.qualifier != "" {
		return deleted(), f.deleteVersion(f.ref)
	}
	delete(f.sh.functions, f.name)
	f.sh.sorted = nil
	s.notify(f.latest, nil)
	return deleted(), nil
}

// pageSize is the page length to use for a MaxItems of up to limit.
func pageSize(maxItems *int32, limit int32) (int, error) {
	if maxItems == nil {
		return maxPage, nil
	}
	if rule := apierr.Range(*maxItems, 1, limit); rule != "" {
		return 0, apierr.Constraint(*maxItems, "maxItems", rule)
	}
	return min(int(*maxItems), maxPage), nil
}

// mark says where the next page begins: at a name, after skip of its rows.
func mark(name string, skip int) *string {
	return aws.String(base64.StdEncoding.EncodeToString([]byte(name + "\x00" + strconv.Itoa(skip))))
}

func unmark(marker *string) (name string, skip int, err error) {
	if aws.ToString(marker) == "" {
		return "", 0, nil
	}
	b, err := base64.StdEncoding.DecodeString(*marker)
	name, count, ok := strings.Cut(string(b), "\x00")
	skip, numErr := strconv.Atoi(count)
	if err != nil || !ok || numErr != nil || skip < 0 {
		return "", 0, invalid("The provided Marker is invalid.")
	}
	return name, skip, nil
}

// deleted is the answer 204; the model binds the status to a member because other answers may come one day.
func deleted() *api.DeleteFunctionOutput {
	return &api.DeleteFunctionOutput{StatusCode: http.StatusNoContent}
}
