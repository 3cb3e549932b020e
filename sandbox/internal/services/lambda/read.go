package lambda

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

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

func (s *Service) deleteFunction(_ context.Context, c call.Caller, in *api.DeleteFunctionInput) (*api.DeleteFunctionOutput, error) {
	f, err := s.lock(c, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	if f.qualifier != "" {
		return deleted(), f.deleteVersion(f.ref)
	}
	s.remember(f.sh, f.name, f.moment(), function.Moment{Gone: true})
	delete(f.sh.functions, f.name)
	f.sh.sorted = nil
	s.notify(f.latest, nil)
	return deleted(), nil
}

// deleted is the answer 204; the model binds the status to a member because other answers may come one day.
func deleted() *api.DeleteFunctionOutput {
	return &api.DeleteFunctionOutput{StatusCode: http.StatusNoContent}
}
