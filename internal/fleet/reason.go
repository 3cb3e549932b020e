package fleet

// Code is one of a closed list: why a pair is not covered, or why a function is not
// as it should be. Codes are part of the JSON output and stay.
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
	ManagementAccount   Code = "management_account"
	OutsideOrganization Code = "outside_organization"
)

// Why a function that should have been moved was not.
const (
	ContainerImage       Code = "container_image"
	LayerMissing         Code = "layer_missing"
	LayerNotShared       Code = "layer_not_shared"
	OtherLayerMissing    Code = "other_layer_missing"
	OtherLayerNotShared  Code = "other_layer_not_shared"
	NewAndOldPresent     Code = "new_and_old_present"
	TooLarge             Code = "too_large"
	UpdateInProgress     Code = "update_in_progress"
	UpdateFailed         Code = "update_failed"
	FunctionGone         Code = "function_gone"
	AccessDenied         Code = "access_denied"
	Exempt               Code = "exempt"
	NotEvaluated         Code = "not_evaluated"
	RemediationPending   Code = "remediation_pending"
	RemediationFailed    Code = "remediation_failed"
	RemediationException Code = "remediation_exception"
	TimedOut             Code = "timed_out"
)

// Why a function that uses the layer is not to be moved.
const (
	PublishedVersion     Code = "published_version"
	RegionUnknown        Code = "region_unknown"
	TagsUnknown          Code = "tags_unknown"
	ArchitectureMismatch Code = "architecture_mismatch"
	RuntimeMismatch      Code = "runtime_mismatch"
	ContentDiffers       Code = "content_differs"
)

var sentences = map[Code]string{
	AccountSuspended: "the account is suspended or closed: nothing in it can be read",
	AccountPending:   "the account is not active yet",
	RegionNotEnabled: "the Region is not enabled in the account",
	RoleDenied:       "the reading role of the account cannot be assumed or lacks a permission",
	NoRecorder:       "AWS Config has no recorder here: changes are not recorded",
	RecorderStopped:  "the AWS Config recorder is stopped: changes are not recorded",
	RecorderFailing:  "the AWS Config recorder reports a failure",
	RecorderDaily:    "the AWS Config recorder records once a day: its data may be a day old",
	RecorderPartial:  "the AWS Config recorder leaves out Lambda functions",
	SourceFailed:     "the aggregator could not fetch data from here",
	SourceOutdated:   "the aggregator's data from here is out of date",
	NotAggregated:    "the aggregator does not collect from here",
	Unreadable:       "AWS answered with an error",

	NotDeployed:         "the stack set has no instance here",
	DeploymentFailed:    "the stack instance failed",
	NoVersionInRegion:   "the layer has no wanted version in this Region",
	ManagementAccount:   "service-managed stack sets leave out the management account",
	OutsideOrganization: "the account is not in the organization",

	ContainerImage:       "functions made from container images have no layers",
	LayerMissing:         "the wanted layer version does not exist",
	LayerNotShared:       "the wanted layer version is not shared with the account",
	OtherLayerMissing:    "another layer of the function was deleted, and AWS refuses lists that name it",
	OtherLayerNotShared:  "another layer of the function is not shared with the account",
	NewAndOldPresent:     "the function lists two versions of one layer, which AWS refuses",
	TooLarge:             "function and layers together are over 250 MB unzipped",
	UpdateInProgress:     "the function is being updated",
	UpdateFailed:         "Lambda could not finish the update",
	FunctionGone:         "the function was deleted",
	AccessDenied:         "AWS denied the change",
	Exempt:               "the function is tagged as exempt",
	NotEvaluated:         "the rule has not evaluated the function yet",
	RemediationPending:   "the remediation has not finished",
	RemediationFailed:    "the remediation failed",
	RemediationException: "the remediation failed too often: AWS Config gave up",
	PublishedVersion:     "published versions never change",
	RegionUnknown:        "the version numbers of the layer in this Region are not known",
	TagsUnknown:          "the tags cannot be read: an exemption would go unnoticed",
	ArchitectureMismatch: "the wanted layer version does not declare the function's architecture",
	ContentDiffers:       "the layer version does not have the content that was meant",
	TimedOut:             "AWS did not answer in time, or refused for too many requests the whole time",
	RuntimeMismatch:      "the wanted layer version does not declare the function's runtime",
}

// Sentence explains the code to a person; a code that is not of the list is
// given back as it is.
func (c Code) Sentence() string {
	if s, ok := sentences[c]; ok {
		return s
	}
	return string(c)
}

// Known reports whether c is of the list.
func (c Code) Known() bool {
	_, ok := sentences[c]
	return ok
}
