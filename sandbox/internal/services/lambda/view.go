package lambda

import (
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// stamp is Lambda's own time format: milliseconds and +0000, not Z.
func stamp(t time.Time) *string { return aws.String(t.UTC().Format("2006-01-02T15:04:05.000-0700")) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// view is a record as the API shows it; version is $LATEST or a number, arn the ARN to show.
func view(r *function.Record, version, arn string) *types.FunctionConfiguration {
	c := &types.FunctionConfiguration{
		FunctionName:  aws.String(r.Name),
		FunctionArn:   aws.String(arn),
		Runtime:       types.Runtime(r.Runtime),
		Role:          aws.String(r.Role),
		Handler:       optional(r.Handler),
		Description:   aws.String(r.Description),
		PackageType:   types.PackageType(r.PackageType),
		Architectures: []types.Architecture{types.Architecture(r.Arch)},
		CodeSha256:    aws.String(r.CodeSha256),
		CodeSize:      r.CodeSize,
		MemorySize:    aws.Int32(r.MemoryMB),
		Timeout:       aws.Int32(r.TimeoutSec),
		LastModified:  stamp(r.Modified),
		RevisionId:    aws.String(r.RevisionID),
		Version:       aws.String(version),
		TracingConfig: &types.TracingConfigResponse{Mode: types.TracingModePassThrough},
		EphemeralStorage: &types.EphemeralStorage{
			Size: aws.Int32(defaultEphemeralMB),
		},
		State:                      types.State(r.State),
		StateReason:                optional(r.StateReason),
		StateReasonCode:            types.StateReasonCode(r.StateReasonCode),
		LastUpdateStatus:           types.LastUpdateStatus(r.LastUpdateStatus),
		LastUpdateStatusReason:     optional(r.LastUpdateStatusReason),
		LastUpdateStatusReasonCode: types.LastUpdateStatusReasonCode(r.LastUpdateStatusReasonCode),
	}
	for _, l := range r.Layers {
		c.Layers = append(c.Layers, types.Layer{Arn: aws.String(l.ARN), CodeSize: l.CodeSize})
	}
	if x := r.Extra; x != nil {
		viewExtra(c, x)
	}
	return c
}

func viewExtra(c *types.FunctionConfiguration, x *function.Extra) {
	if x.Environment != nil {
		c.Environment = &types.EnvironmentResponse{Variables: x.Environment}
	}
	if x.DeadLetterARN != "" {
		c.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: aws.String(x.DeadLetterARN)}
	}
	if x.TracingMode != "" {
		c.TracingConfig.Mode = types.TracingMode(x.TracingMode)
	}
	if x.EphemeralMB != 0 {
		c.EphemeralStorage.Size = aws.Int32(x.EphemeralMB)
	}
	if len(x.SubnetIDs)+len(x.SecurityGroupIDs) > 0 {
		c.VpcConfig = &types.VpcConfigResponse{SubnetIds: x.SubnetIDs, SecurityGroupIds: x.SecurityGroupIDs}
	}
	c.KMSKeyArn = optional(x.KMSKeyARN)
}

// listed is a function in a list, which leaves the states out (reference sheet §2.4).
func listed(c *types.FunctionConfiguration) types.FunctionConfiguration {
	c.State, c.StateReason, c.StateReasonCode = "", nil, ""
	c.LastUpdateStatus, c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = "", nil, ""
	return *c
}

// as copies a function or alias configuration into one of the outputs that repeat its members one by one
// (CreateFunctionOutput and its kind).
func as[O, C any](c *C) *O {
	out := new(O)
	dst, src := reflect.ValueOf(out).Elem(), reflect.ValueOf(c).Elem()
	for i := range dst.NumField() {
		f := dst.Type().Field(i)
		if from := src.FieldByName(f.Name); f.IsExported() && from.IsValid() && from.Type() == f.Type {
			dst.Field(i).Set(from)
		}
	}
	return out
}
