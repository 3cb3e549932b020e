package lambda

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

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
		if *x.memory < 128 || *x.memory > 10240 {
			return constraint(*x.memory, "memorySize", "Member must have value between 128 and 10240")
		}
		r.MemoryMB = *x.memory
	}
	if x.timeout != nil {
		if *x.timeout < 1 || *x.timeout > 900 {
			return constraint(*x.timeout, "timeout", "Member must have value between 1 and 900")
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
			return constraint(x.tracing.Mode, "tracingConfig.mode", "Member must satisfy enum value set: [Active, PassThrough]")
		}
		e.TracingMode = string(x.tracing.Mode)
	}
	if x.ephemeral != nil {
		size := aws.ToInt32(x.ephemeral.Size)
		if size < 512 || size > 10240 {
			return constraint(size, "ephemeralStorage.size", "Member must have value between 512 and 10240")
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

// same says whether e holds nothing new beside what stands (or, where nothing stands, nothing at all).
func same(e function.Extra, have *function.Extra) bool {
	if have == nil {
		have = &function.Extra{}
	}
	return e.KMSKeyARN == have.KMSKeyARN && e.DeadLetterARN == have.DeadLetterARN && e.TracingMode == have.TracingMode &&
		e.EphemeralMB == have.EphemeralMB && e.ImageURI == have.ImageURI &&
		(e.Environment == nil) == (have.Environment == nil) && maps.Equal(e.Environment, have.Environment) &&
		slices.Equal(e.SubnetIDs, have.SubnetIDs) && slices.Equal(e.SecurityGroupIDs, have.SecurityGroupIDs)
}
