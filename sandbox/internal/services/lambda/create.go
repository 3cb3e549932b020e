package lambda

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

const (
	defaultMemoryMB    = 128
	defaultTimeoutSec  = 3
	defaultEphemeralMB = 512
)

// Times of the asynchronous part of a change, in sandbox time. AWS publishes none; a VPC function takes longest
// (reference sheet, peers L4).
const (
	updateTime    = 1500 * time.Millisecond
	updateTimeVPC = 20 * time.Second
)

var roleARN = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)

func (s *Service) createFunction(ctx context.Context, c call.Caller, in *api.CreateFunctionInput) (*api.CreateFunctionOutput, error) {
	r, err := here(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	next := function.Record{
		Account: c.Account, Region: c.Region, Name: r.name,
		Runtime: string(in.Runtime), Role: aws.ToString(in.Role), Handler: aws.ToString(in.Handler),
		Description: aws.ToString(in.Description),
		PackageType: string(types.PackageTypeZip), Arch: string(types.ArchitectureX8664),
		MemoryMB: defaultMemoryMB, TimeoutSec: defaultTimeoutSec,
		Tags: maps.Clone(in.Tags),
	}
	if in.PackageType != "" {
		next.PackageType = string(in.PackageType)
	}
	if len(in.Architectures) > 0 {
		next.Arch = string(in.Architectures[0])
	}
	if err := s.setCode(ctx, c, &next, in.Code); err != nil {
		return nil, err
	}
	settings := settings{
		memory: in.MemorySize, timeout: in.Timeout, environment: in.Environment, kmsKey: in.KMSKeyArn,
		deadLetter: in.DeadLetterConfig, tracing: in.TracingConfig, ephemeral: in.EphemeralStorage, vpc: in.VpcConfig,
	}
	if err := settings.apply(&next); err != nil {
		return nil, err
	}
	if err := checkNew(&next); err != nil {
		return nil, err
	}
	layers, err := s.resolveLayers(c, in.Layers)
	if err != nil {
		return nil, err
	}
	if err := layers.attachTo(&next); err != nil {
		return nil, err
	}
	next.Created = s.clock.Now()
	next.Modified = next.Created
	next.State, next.StateReason, next.StateReasonCode = "Pending", "The function is being created.", "Creating"

	sh := s.shards.Get(c.Account, c.Region)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.functions[r.name] != nil {
		return nil, conflict("Function already exist: %s", r.name)
	}
	f := &fn{changed: true}
	sh.functions[r.name] = f
	sh.sorted = nil
	rec := s.put(sh, f, next)
	s.finishLater(sh, f, rec)
	if in.Publish {
		v := s.publish(sh, f, next.Description)
		return as[api.CreateFunctionOutput](view(v.record, v.number(), v.arn())), nil
	}
	return as[api.CreateFunctionOutput](view(rec, latest, rec.ARN())), nil
}

// setCode sets the archive or image of a function. It may read from S3, so no shard may be locked.
func (s *Service) setCode(ctx context.Context, c call.Caller, next *function.Record, code *types.FunctionCode) error {
	if code == nil {
		return apierr.Missing("code")
	}
	if next.PackageType == string(types.PackageTypeImage) {
		if code.ZipFile != nil || code.S3Bucket != nil || code.S3Key != nil || aws.ToString(code.ImageUri) == "" {
			return invalid("Please provide ImageUri when PackageType is Image.")
		}
		next.Extra = &function.Extra{ImageURI: *code.ImageUri}
		next.CodeSha256 = s.ids.At("", "", "image", *code.ImageUri, 0).Hex(64)
		return nil
	}
	if code.ImageUri != nil {
		return errNoCode()
	}
	a, err := s.archive(ctx, c, source{code.ZipFile, code.S3Bucket, code.S3Key}, errNoCode)
	if err != nil {
		return err
	}
	next.CodeSha256, next.CodeSize, next.CodeUnzip = a.sha, a.size, a.unzipped
	return nil
}

func checkNew(r *function.Record) error {
	if !roleARN.MatchString(r.Role) {
		return apierr.Constraint(r.Role, "role", apierr.Pattern(`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`))
	}
	if !slices.Contains(types.Architecture("").Values(), types.Architecture(r.Arch)) {
		return apierr.Constraint("["+r.Arch+"]", "architectures", "Member must satisfy constraint: ["+apierr.OneOf(types.ArchitectureX8664, types.ArchitectureArm64)+", Member must not be null]")
	}
	if r.PackageType == string(types.PackageTypeImage) {
		if r.Runtime != "" || r.Handler != "" {
			return invalid("Runtime and Handler must not be set when PackageType is Image.")
		}
		return nil
	}
	if r.PackageType != string(types.PackageTypeZip) {
		return apierr.Constraint(r.PackageType, "packageType", apierr.OneOf(types.PackageTypeZip, types.PackageTypeImage))
	}
	if r.Runtime == "" || r.Handler == "" {
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	return nil
}

// finishLater ends the asynchronous part of a change after a while, under a second new RevisionId.
// A function that was deleted and created again in between is left alone. The shard is locked.
func (s *Service) finishLater(sh *shard, f *fn, pending *function.Record) {
	wait := updateTime
	if x := pending.Extra; x != nil && len(x.SubnetIDs) > 0 {
		wait = updateTimeVPC
	}
	s.clock.AfterFunc(wait, func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		if sh.functions[pending.Name] != f {
			return
		}
		next := *f.latest
		next.State, next.StateReason, next.StateReasonCode = "Active", "", ""
		next.LastUpdateStatus, next.LastUpdateStatusReason, next.LastUpdateStatusReasonCode = "Successful", "", ""
		s.put(sh, f, next)
	})
}
