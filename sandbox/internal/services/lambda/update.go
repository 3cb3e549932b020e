package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

func (s *Service) updateOps() []*call.Op {
	return []*call.Op{
		control(call.Operation("lambda", "UpdateFunctionConfiguration", s.updateFunctionConfiguration)).
			Accepts("FunctionName", "Role", "Handler", "Description", "Timeout", "MemorySize", "Runtime", "Layers", "RevisionId",
				"Environment", "KMSKeyArn", "DeadLetterConfig", "TracingConfig", "EphemeralStorage",
				"VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds").
			Permissions(call.For(func(c call.Caller, in *api.UpdateFunctionConfigurationInput) []call.Permission {
				return changePermissions(functionARN(c, in.FunctionName), in.Role, in.Layers)
			})),
		control(call.Operation("lambda", "UpdateFunctionCode", s.updateFunctionCode)).
			Accepts("FunctionName", "ZipFile", "S3Bucket", "S3Key", "ImageUri", "Publish", "RevisionId", "DryRun", "Architectures").
			Permissions(call.On(func(c call.Caller, in *api.UpdateFunctionCodeInput) string {
				return functionARN(c, in.FunctionName)
			})),
	}
}

// changePermissions are the permissions of a call that may pass a role and attach layers: every layer of the list is
// authorized again, those that were attached before too (reference sheet, peers L2).
func changePermissions(arn string, role *string, layers []string) []call.Permission {
	change := call.Permission{Resource: arn}
	if len(layers) > 0 {
		change.Context = map[string][]string{"lambda:Layer": layers}
	}
	list := []call.Permission{change}
	if roleARN.MatchString(aws.ToString(role)) { // a malformed one is the operation's matter
		list = append(list, call.Permission{
			Action: "iam:PassRole", Resource: *role,
			Context: map[string][]string{"iam:PassedToService": {principal}},
		})
	}
	for _, l := range layers {
		list = append(list, call.Permission{Action: "lambda:GetLayerVersion", Resource: l})
	}
	return list
}

func (s *Service) updateFunctionConfiguration(_ context.Context, c call.Caller, in *api.UpdateFunctionConfigurationInput) (*api.UpdateFunctionConfigurationOutput, error) {
	layers, err := s.resolveLayers(c, in.Layers) // before the lock: a layer may lie in another account's shard
	if err != nil {
		return nil, err
	}
	f, err := s.lockToChange(c, in.FunctionName, in.RevisionId)
	if err != nil {
		return nil, err
	}
	defer f.unlock()
	next := *f.latest
	set(&next.Role, in.Role)
	set(&next.Handler, in.Handler)
	set(&next.Description, in.Description)
	if in.Runtime != "" {
		next.Runtime = string(in.Runtime)
	}
	x := settings{
		memory: in.MemorySize, timeout: in.Timeout, environment: in.Environment, kmsKey: in.KMSKeyArn,
		deadLetter: in.DeadLetterConfig, tracing: in.TracingConfig, ephemeral: in.EphemeralStorage, vpc: in.VpcConfig,
	}
	if err := x.apply(&next); err != nil {
		return nil, err
	}
	if err := checkNew(&next); err != nil {
		return nil, err
	}
	if in.Layers != nil { // an empty list removes all layers; an absent one leaves them
		if err := layers.attachTo(&next); err != nil {
			return nil, err
		}
	}
	rec := s.startUpdate(f.sh, f.fn, next)
	return as[api.UpdateFunctionConfigurationOutput](view(rec, latest, rec.ARN())), nil
}

func (s *Service) updateFunctionCode(ctx context.Context, c call.Caller, in *api.UpdateFunctionCodeInput) (*api.UpdateFunctionCodeOutput, error) {
	f, err := s.lockToChange(c, in.FunctionName, in.RevisionId)
	if err != nil {
		return nil, err
	}
	read := *f.latest
	f.unlock() // the code may come through the dispatcher
	code := types.FunctionCode{ZipFile: in.ZipFile, S3Bucket: in.S3Bucket, S3Key: in.S3Key, ImageUri: in.ImageUri}
	if err := s.setCode(ctx, c, &read, &code); err != nil {
		return nil, err
	}
	if f, err = s.lockToChange(c, in.FunctionName, in.RevisionId); err != nil {
		return nil, err
	}
	defer f.unlock()
	next := *f.latest
	next.CodeSha256, next.CodeSize, next.CodeUnzip = read.CodeSha256, read.CodeSize, read.CodeUnzip
	if in.ImageUri != nil {
		next.Extra = read.Extra
	}
	if len(in.Architectures) > 0 {
		next.Arch = string(in.Architectures[0])
	}
	if err := checkSize(&next); err != nil {
		return nil, err
	}
	if in.DryRun {
		return as[api.UpdateFunctionCodeOutput](view(&next, latest, next.ARN())), nil
	}
	rec := s.startUpdate(f.sh, f.fn, next)
	if in.Publish {
		v := s.publish(f.sh, f.fn, rec.Description)
		return as[api.UpdateFunctionCodeOutput](view(v.record, v.number(), v.arn())), nil
	}
	return as[api.UpdateFunctionCodeOutput](view(rec, latest, rec.ARN())), nil
}

// lockToChange is lock for a function that nothing else is changing and whose RevisionId, if given, is the latest.
func (s *Service) lockToChange(c call.Caller, name, revision *string) (lockedFunction, error) {
	f, err := s.lock(c, name, nil)
	if err != nil {
		return f, err
	}
	if err := f.changeable(revision); err != nil {
		f.unlock()
		return lockedFunction{}, err
	}
	return f, nil
}

func (f lockedFunction) changeable(revision *string) error {
	switch {
	case f.qualifier != "" && f.qualifier != latest:
		return invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	case f.latest.State == "Pending":
		// UNCONFIRMED: the exact text while a function is being created.
		return conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
	case f.latest.LastUpdateStatus == "InProgress":
		return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", f.arn())
	case revision != nil && *revision != f.latest.RevisionID:
		return precondition("GetFunction/GetAlias")
	}
	return nil
}

// startUpdate stores the change as InProgress and ends it later. The shard is locked.
func (s *Service) startUpdate(sh *shard, f *fn, next function.Record) *function.Record {
	next.Modified = s.clock.Now()
	// The reason code Creating is what real AWS sends in an update too; it is not in the model's enum.
	next.LastUpdateStatus, next.LastUpdateStatusReason, next.LastUpdateStatusReasonCode = "InProgress", "The function is being created.", "Creating"
	f.changed = true
	rec := s.put(sh, f, next)
	s.finishLater(sh, f, rec)
	return rec
}

func set(dst, v *string) {
	if v != nil {
		*dst = *v
	}
}
