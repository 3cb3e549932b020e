package lambda

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/function"
)

// settings are the members that CreateFunction and UpdateFunctionConfiguration share. Unset ones change nothing.
type settings struct {
	memory, timeout *int32
	environment     *types.Environment
	kmsKey          *string
	deadLetter      *types.DeadLetterConfig
	tracing         *types.TracingConfig
	ephemeral       *types.EphemeralStorage
	vpc             *types.VpcConfig
}

func (x settings) apply(r *function.Record) error {
	if x.memory != nil {
		if rule := apierr.Range(*x.memory, 128, 10240); rule != "" {
			return apierr.Constraint(*x.memory, "memorySize", rule)
		}
		r.MemoryMB = *x.memory
	}
	if x.timeout != nil {
		if rule := apierr.Range(*x.timeout, 1, 900); rule != "" {
			return apierr.Constraint(*x.timeout, "timeout", rule)
		}
		r.TimeoutSec = *x.timeout
	}
	return x.applyExtra(r)
}

func (x settings) applyExtra(r *function.Record) error {
	e := function.Extra{}
	if r.Extra != nil {
		e = *r.Extra
	}
	if x.environment != nil {
		e.Environment = maps.Clone(x.environment.Variables)
	}
	if x.kmsKey != nil {
		e.KMSKeyARN = *x.kmsKey
	}
	if x.deadLetter != nil {
		e.DeadLetterARN = aws.ToString(x.deadLetter.TargetArn)
	}
	if x.tracing != nil {
		if !slices.Contains(x.tracing.Mode.Values(), x.tracing.Mode) {
			return apierr.Constraint(x.tracing.Mode, "tracingConfig.mode", apierr.OneOf(types.TracingModeActive, types.TracingModePassThrough))
		}
		e.TracingMode = string(x.tracing.Mode)
	}
	if x.ephemeral != nil {
		size := aws.ToInt32(x.ephemeral.Size)
		if rule := apierr.Range(size, 512, 10240); rule != "" {
			return apierr.Constraint(size, "ephemeralStorage.size", rule)
		}
		e.EphemeralMB = size
	}
	if x.vpc != nil {
		e.SubnetIDs, e.SecurityGroupIDs = slices.Clone(x.vpc.SubnetIds), slices.Clone(x.vpc.SecurityGroupIds)
	}
	if same(e, r.Extra) {
		return nil
	}
	r.Extra = &e
	return nil
}

// same says whether e equals what the function has, or is empty where the function has nothing.
func same(e function.Extra, have *function.Extra) bool {
	if have == nil {
		have = &function.Extra{}
	}
	return e.KMSKeyARN == have.KMSKeyARN && e.DeadLetterARN == have.DeadLetterARN && e.TracingMode == have.TracingMode &&
		e.EphemeralMB == have.EphemeralMB && e.ImageURI == have.ImageURI &&
		(e.Environment == nil) == (have.Environment == nil) && maps.Equal(e.Environment, have.Environment) &&
		slices.Equal(e.SubnetIDs, have.SubnetIDs) && slices.Equal(e.SecurityGroupIDs, have.SecurityGroupIDs)
}
