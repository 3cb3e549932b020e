package config

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/layerfleet/layerfleet/sandbox/internal/apierr"
	"github.com/layerfleet/layerfleet/sandbox/internal/call"
	"github.com/layerfleet/layerfleet/sandbox/internal/optional"
	"github.com/layerfleet/layerfleet/sandbox/internal/ports"
	"github.com/layerfleet/layerfleet/sandbox/internal/services/config/recording"
)

const (
	defaultName     = "default"
	maxRecorderName = 256
	day             = 24 * time.Hour
)

// recorder is the customer-managed configuration recorder of a pair; there is one at most.
type recorder struct {
	conf      types.ConfigurationRecorder
	recording bool
	daily     map[string]ports.FunctionChange // changes since the last daily item, by function
	starts    uint64                          // number of starts; a timer of an earlier start does nothing
	notified  map[string]bool                 // during a discovery: the functions that changed since it started

	started, stopped, changed time.Time
}

func (s *Service) recorderOps() []*call.Op {
	const conf = "ConfigurationRecorder."
	onRecorder := func(c call.Caller, _ any) []call.Permission {
		return []call.Permission{{Resource: s.recorderARN(c)}}
	}
	return []*call.Op{
		call.Operation("config", "PutConfigurationRecorder", s.putConfigurationRecorder).
			Accepts(conf+"Name", conf+"RoleARN", conf+"RecordingGroup", conf+"RecordingMode", "Tags").
			Permissions(call.PermissionsFunc(onRecorder).And(call.PassRole(Principal, func(in *api.PutConfigurationRecorderInput) *string {
				if in.ConfigurationRecorder == nil {
					return nil
				}
				return in.ConfigurationRecorder.RoleARN
			}))),
		call.Operation("config", "DescribeConfigurationRecorders", s.describeConfigurationRecorders).
			Accepts("ConfigurationRecorderNames", "Arn").Permissions(onRecorder),
		call.Operation("config", "DescribeConfigurationRecorderStatus", s.describeConfigurationRecorderStatus).
			Accepts("ConfigurationRecorderNames", "Arn").Permissions(onRecorder),
		call.Operation("config", "StartConfigurationRecorder", s.startConfigurationRecorder).
			Accepts("ConfigurationRecorderName").Permissions(onRecorder),
		call.Operation("config", "StopConfigurationRecorder", s.stopConfigurationRecorder).
			Accepts("ConfigurationRecorderName").Permissions(onRecorder),
		call.Operation("config", "DeleteConfigurationRecorder", s.deleteConfigurationRecorder).
			Accepts("ConfigurationRecorderName").Permissions(onRecorder),
	}
}

// recorderARN is the ARN of the pair's recorder, or a wildcard if there is none.
func (s *Service) recorderARN(c call.Caller) string {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.recorder == nil {
		return anyOf(sh.Key, "configuration-recorder")
	}
	return aws.ToString(sh.recorder.conf.Arn)
}

func (s *Service) putConfigurationRecorder(_ context.Context, c call.Caller, in *api.PutConfigurationRecorderInput) (*api.PutConfigurationRecorderOutput, error) {
	r := in.ConfigurationRecorder
	if r == nil {
		return nil, apierr.Missing("configurationRecorder")
	}
	conf := types.ConfigurationRecorder{
		Name: r.Name, RoleARN: r.RoleARN, RecordingGroup: r.RecordingGroup, RecordingMode: r.RecordingMode, RecordingScope: types.RecordingScopePaid,
	}
	if conf.Name == nil {
		conf.Name = aws.String(defaultName)
	}
	if n := len(*conf.Name); n < 1 || n > maxRecorderName {
		return nil, &types.InvalidConfigurationRecorderNameException{Message: apierr.Text("The configuration recorder name '%s' is not valid.", *conf.Name)}
	}
	if m := roleARN.FindStringSubmatch(aws.ToString(conf.RoleARN)); m == nil || m[2] != c.Account {
		return nil, &types.InvalidRoleException{Message: apierr.Text("You have specified a role that is not valid: %s", aws.ToString(conf.RoleARN))}
	}
	if err := checkGroup(&conf); err != nil {
		return nil, err
	}
	if err := checkMode(&conf); err != nil {
		return nil, err
	}
	sh := s.at(c)
	sh.mu.Lock()
	if have := sh.recorder; have != nil && *have.conf.Name != *conf.Name {
		defer sh.mu.Unlock()
		return nil, &types.MaxNumberOfConfigurationRecordersExceededException{
			Message: apierr.Text("Failed to put configuration recorder '%s' because the maximum number of configuration recorders: 1 is reached.", *conf.Name),
		}
	}
	if sh.recorder == nil {
		sh.recorder = &recorder{daily: map[string]ports.FunctionChange{}}
		id := s.IDs.Next(c.Account, c.Region, "configuration-recorder", *conf.Name).Alnum(17)
		conf.Arn = aws.String(arn(sh.Key, "configuration-recorder/"+*conf.Name+"/"+id))
	} else {
		conf.Arn = sh.recorder.conf.Arn
	}
	sh.recorder.conf = conf
	sh.tag(*conf.Arn, in.Tags)
	recording := sh.recorder.recording
	sh.mu.Unlock()
	if recording {
		s.discover(sh) // the new settings may record more
	}
	return &api.PutConfigurationRecorderOutput{}, nil
}

// checkGroup checks the recording group and fills in its defaults.
func checkGroup(conf *types.ConfigurationRecorder) error {
	g := conf.RecordingGroup
	bad := func(format string, args ...any) error {
		return &types.InvalidRecordingGroupException{Message: apierr.Text(format, args...)}
	}
	if g == nil {
		conf.RecordingGroup = &types.RecordingGroup{AllSupported: true, RecordingStrategy: &types.RecordingStrategy{UseOnly: types.RecordingStrategyTypeAllSupportedResourceTypes}}
		return nil
	}
	group := *g
	excluded := group.ExclusionByResourceTypes != nil && len(group.ExclusionByResourceTypes.ResourceTypes) > 0
	var strategy types.RecordingStrategyType
	switch {
	case group.AllSupported && (len(group.ResourceTypes) > 0 || excluded):
		return bad("The recording group provided is not valid: allSupported goes with no list of resource types")
	case len(group.ResourceTypes) > 0 && excluded:
		return bad("The recording group provided is not valid: give resource types to record or to leave out, not both")
	case group.AllSupported:
		strategy = types.RecordingStrategyTypeAllSupportedResourceTypes
	case excluded:
		strategy = types.RecordingStrategyTypeExclusionByResourceTypes
	case len(group.ResourceTypes) > 0:
		strategy = types.RecordingStrategyTypeInclusionByResourceTypes
	default:
		return bad("The recording group provided is not valid: it records nothing")
	}
	if group.IncludeGlobalResourceTypes && !group.AllSupported {
		return bad("The recording group provided is not valid: includeGlobalResourceTypes needs allSupported")
	}
	if group.RecordingStrategy != nil && group.RecordingStrategy.UseOnly != "" && group.RecordingStrategy.UseOnly != strategy {
		return bad("The recording group provided is not valid: it does not go with the strategy %s", group.RecordingStrategy.UseOnly)
	}
	group.RecordingStrategy = &types.RecordingStrategy{UseOnly: strategy}
	conf.RecordingGroup = &group
	return nil
}

// checkMode checks the recording mode and fills in its default.
func checkMode(conf *types.ConfigurationRecorder) error {
	m := conf.RecordingMode
	if m == nil {
		conf.RecordingMode = &types.RecordingMode{RecordingFrequency: types.RecordingFrequencyContinuous}
		return nil
	}
	frequencies := types.RecordingFrequency("").Values()
	if !slices.Contains(frequencies, m.RecordingFrequency) {
		return apierr.Missing("configurationRecorder.recordingMode.recordingFrequency")
	}
	if len(m.RecordingModeOverrides) > 1 {
		return apierr.TooLong("configurationRecorder.recordingMode.recordingModeOverrides", 1)
	}
	for _, o := range m.RecordingModeOverrides {
		if !slices.Contains(frequencies, o.RecordingFrequency) || len(o.ResourceTypes) == 0 {
			return apierr.Missing("configurationRecorder.recordingMode.recordingModeOverrides.1.member.recordingFrequency")
		}
	}
	return nil
}

// records says whether the recording group includes functions.
func (r *recorder) records() bool {
	g := r.conf.RecordingGroup
	switch {
	case g.AllSupported:
		return true
	case g.ExclusionByResourceTypes != nil && len(g.ExclusionByResourceTypes.ResourceTypes) > 0:
		return !slices.Contains(g.ExclusionByResourceTypes.ResourceTypes, recording.ResourceType)
	default:
		return slices.Contains(g.ResourceTypes, recording.ResourceType)
	}
}

// frequency is how often functions are recorded.
func (r *recorder) frequency() types.RecordingFrequency {
	for _, o := range r.conf.RecordingMode.RecordingModeOverrides {
		if slices.Contains(o.ResourceTypes, recording.ResourceType) {
			return o.RecordingFrequency
		}
	}
	return r.conf.RecordingMode.RecordingFrequency
}

// named is the pair's recorder, or nil. A name or an ARN that is not its own is an error.
func (sh *shard) named(names []string, arn *string) (*recorder, error) {
	r := sh.recorder
	for _, n := range names {
		if r == nil || *r.conf.Name != n {
			return nil, noSuchRecorder(n)
		}
	}
	if arn != nil && (r == nil || *r.conf.Arn != *arn) {
		return nil, noSuchRecorder(*arn)
	}
	return r, nil
}

func noSuchRecorder(name string) error {
	return &types.NoSuchConfigurationRecorderException{Message: apierr.Text("Cannot find configuration recorder with the specified name '%s'.", name)}
}

func (s *Service) describeConfigurationRecorders(_ context.Context, c call.Caller, in *api.DescribeConfigurationRecordersInput) (*api.DescribeConfigurationRecordersOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r, err := sh.named(in.ConfigurationRecorderNames, in.Arn)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeConfigurationRecordersOutput{ConfigurationRecorders: []types.ConfigurationRecorder{}}
	if r != nil {
		out.ConfigurationRecorders = append(out.ConfigurationRecorders, r.conf)
	}
	return out, nil
}

func (s *Service) describeConfigurationRecorderStatus(_ context.Context, c call.Caller, in *api.DescribeConfigurationRecorderStatusInput) (*api.DescribeConfigurationRecorderStatusOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	r, err := sh.named(in.ConfigurationRecorderNames, in.Arn)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeConfigurationRecorderStatusOutput{ConfigurationRecordersStatus: []types.ConfigurationRecorderStatus{}}
	if r == nil {
		return out, nil
	}
	status := types.ConfigurationRecorderStatus{
		Arn: r.conf.Arn, Name: r.conf.Name, Recording: r.recording, LastStatus: types.RecorderStatusPending,
		LastStartTime: optional.Time(r.started), LastStopTime: optional.Time(r.stopped), LastStatusChangeTime: optional.Time(r.changed),
	}
	if r.recording {
		status.LastStatus = types.RecorderStatusSuccess
	}
	out.ConfigurationRecordersStatus = append(out.ConfigurationRecordersStatus, status)
	return out, nil
}

func (s *Service) startConfigurationRecorder(_ context.Context, c call.Caller, in *api.StartConfigurationRecorderInput) (*api.StartConfigurationRecorderOutput, error) {
	sh := s.at(c)
	sh.mu.Lock()
	r, err := sh.recorderFor(in.ConfigurationRecorderName)
	if err == nil && sh.channel == nil {
		err = &types.NoAvailableDeliveryChannelException{Message: apierr.Text("Delivery channel is not available to start configuration recorder.")}
	}
	if err != nil || r.recording {
		sh.mu.Unlock()
		return &api.StartConfigurationRecorderOutput{}, err
	}
	r.recording, r.started = true, s.Clock.Now()
	r.changed = r.started
	r.starts++
	clear(r.daily)
	s.tickDaily(sh, r)
	sh.mu.Unlock()
	s.discover(sh)
	return &api.StartConfigurationRecorderOutput{}, nil
}

// recorderFor is the recorder that an operation on one names.
func (sh *shard) recorderFor(name *string) (*recorder, error) {
	if name == nil {
		return nil, apierr.Missing("configurationRecorderName")
	}
	return sh.named([]string{*name}, nil)
}

func (s *Service) stopConfigurationRecorder(_ context.Context, c call.Caller, in *api.StopConfigurationRecorderInput) (*api.StopConfigurationRecorderOutput, error) {
	sh, r, err := lockAndFind(s, c, (*shard).recorderFor, in.ConfigurationRecorderName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	if r.recording {
		r.recording, r.stopped = false, s.Clock.Now()
		r.changed = r.stopped
	}
	return &api.StopConfigurationRecorderOutput{}, nil
}

func (s *Service) deleteConfigurationRecorder(_ context.Context, c call.Caller, in *api.DeleteConfigurationRecorderInput) (*api.DeleteConfigurationRecorderOutput, error) {
	sh, r, err := lockAndFind(s, c, (*shard).recorderFor, in.ConfigurationRecorderName)
	if err != nil {
		return nil, err
	}
	defer sh.mu.Unlock()
	r.recording = false
	delete(sh.tags, *r.conf.Arn)
	sh.recorder = nil
	return &api.DeleteConfigurationRecorderOutput{}, nil
}
