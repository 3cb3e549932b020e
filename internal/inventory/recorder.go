package inventory

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/internal/access"
	"github.com/layerfleet/layerfleet/internal/fleet"
	"github.com/layerfleet/layerfleet/internal/parallel"
)

// recorders looks at the recorder of each open pair. The aggregator cannot tell: a
// pair without a recorder gives it nothing, which looks like having no functions.
func recorders(ctx context.Context, a *access.Access, s *survey, r Request) error {
	pairs := s.remaining()
	found := make([]fleet.Code, len(pairs))
	errs := make([]error, len(pairs))
	err := parallel.Each(ctx, len(pairs), concurrency, r.report("checking recorders"), func(ctx context.Context, i int) error {
		found[i], errs[i] = recorder(ctx, a.Config(pairs[i]))
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for i, p := range pairs {
		switch {
		case found[i] != "":
			s.exclude(p, found[i], errs[i])
		case errs[i] != nil:
			s.exclude(p, reasonFor(errs[i]), errs[i])
		}
	}
	return nil
}

// recorder is what is wrong with a pair's recorder, or "".
func recorder(ctx context.Context, client *configservice.Client) (fleet.Code, error) {
	out, err := client.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	if err != nil {
		return "", err
	}
	// Recorders with a service principal serve one AWS service and record for it.
	i := slices.IndexFunc(out.ConfigurationRecorders, func(c types.ConfigurationRecorder) bool {
		return aws.ToString(c.ServicePrincipal) == ""
	})
	if i < 0 {
		return fleet.NoRecorder, nil
	}
	status, err := client.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		return "", err
	}
	c := out.ConfigurationRecorders[i]
	i = slices.IndexFunc(status.ConfigurationRecordersStatus, func(s types.ConfigurationRecorderStatus) bool {
		return aws.ToString(s.Name) == aws.ToString(c.Name)
	})
	switch {
	case i < 0 || !status.ConfigurationRecordersStatus[i].Recording:
		return fleet.RecorderStopped, nil
	case status.ConfigurationRecordersStatus[i].LastStatus == types.RecorderStatusFailure:
		s := status.ConfigurationRecordersStatus[i]
		return fleet.RecorderFailing, said(s.LastErrorCode, s.LastErrorMessage)
	case !recordsFunctions(c.RecordingGroup):
		return fleet.RecorderPartial, nil
	case frequency(c.RecordingMode) == types.RecordingFrequencyDaily:
		return fleet.RecorderDaily, nil
	}
	return "", nil
}

// recordsFunctions reads a recording group: everything, everything but a list, or
// a list. None at all means everything.
func recordsFunctions(group *types.RecordingGroup) bool {
	if group == nil || group.AllSupported {
		return true
	}
	if ex := group.ExclusionByResourceTypes; ex != nil && len(ex.ResourceTypes) > 0 {
		return !slices.Contains(ex.ResourceTypes, types.ResourceTypeFunction)
	}
	return slices.Contains(group.ResourceTypes, types.ResourceTypeFunction)
}

// frequency is how often functions are recorded.
func frequency(mode *types.RecordingMode) types.RecordingFrequency {
	if mode == nil {
		return types.RecordingFrequencyContinuous
	}
	for _, o := range mode.RecordingModeOverrides {
		if slices.Contains(o.ResourceTypes, types.ResourceTypeFunction) {
			return o.RecordingFrequency
		}
	}
	return mode.RecordingFrequency
}
