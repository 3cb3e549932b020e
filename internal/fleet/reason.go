package fleet

// Code is one of a closed list: why a pair is not covered, or why a function is not
// as it should be. Codes are part of the JSON output and stay. docs/reasons.md lists
// them.
type Code string

// Reason is a code and what there is to say besides: what AWS said, or which layer
// version it is about. It is embedded in the values that it explains, so that both
// are members next to the others. It must not get methods such as MarshalJSON or
// Error: they would be promoted, and speak for the whole value.
type Reason struct {
	Code   Code   `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Why a pair is not covered.
const (
	AccountSuspended Code = "account_suspended"
	AccountPending   Code = "account_pending"
	RegionNotEnabled Code = "region_not_enabled"
	RoleDenied       Code = "role_denied"
	NoRecorder       Code = "no_recorder"
	RecorderStopped  Code = "recorder_stopped"
	RecorderFailing  Code = "recorder_failing"
	RecorderDaily    Code = "recorder_daily"
	RecorderPartial  Code = "recorder_partial"
	SourceFailed     Code = "source_failed"
	SourceOutdated   Code = "source_outdated"
	NotAggregated    Code = "not_aggregated"
	Unreadable       Code = "unreadable"
)

// Why enforcement does not reach a pair that can be seen.
const (
	NotDeployed         Code = "not_deployed"
	DeploymentFailed    Code = "deployment_failed"
	NoVersionInRegion   Code = "no_version_in_region"
	RegionUnknown       Code = "region_unknown"
	ManagementAccount   Code = "management_account"
	OutsideOrganization Code = "outside_organization"
)

// Why a function stays as it is.
const (
	Exempt               Code = "exempt"
	TagsUnknown          Code = "tags_unknown"
	PublishedVersion     Code = "published_version"
	ContainerImage       Code = "container_image"
	NewAndOldPresent     Code = "new_and_old_present"
	ArchitectureMismatch Code = "architecture_mismatch"
	RuntimeMismatch      Code = "runtime_mismatch"
	LayerMissing         Code = "layer_missing"
	LayerNotShared       Code = "layer_not_shared"
	ContentDiffers       Code = "content_differs"
	OtherLayerMissing    Code = "other_layer_missing"
	OtherLayerNotShared  Code = "other_layer_not_shared"
	TooLarge             Code = "too_large"
	FunctionGone         Code = "function_gone"
	AccessDenied         Code = "access_denied"
	UpdateInProgress     Code = "update_in_progress"
	UpdateFailed         Code = "update_failed"
	TimedOut             Code = "timed_out"
	RemediationFailed    Code = "remediation_failed"
	RemediationException Code = "remediation_exception"
)

// Why a function is still open.
const (
	NotEvaluated       Code = "not_evaluated"
	RemediationPending Code = "remediation_pending"
)

// Sentence explains the code to a person; a code that is not of the list is
// given back as it is.
func (c Code) Sentence() string {
	if a, ok := c.about(); ok {
		return a.Sentence
	}
	return string(c)
}

// Advice is what a person can do about it; empty for a code that is not of the list.
func (c Code) Advice() string {
	a, _ := c.about()
	return a.Advice
}

// Known reports whether c is of the list.
func (c Code) Known() bool {
	_, ok := c.about()
	return ok
}

func (c Code) about() (About, bool) {
	for _, g := range Reasons() {
		for _, a := range g.Codes {
			if a.Code == c {
				return a, true
			}
		}
	}
	return About{}, false
}
