package fleet

// Reason is a code from a closed list: why a pair is not covered, or why a
// function is not as it should be. Codes are part of the JSON output and stay.
type Reason string

// Why a pair could not be seen.
const (
	AccountSuspended Reason = "account_suspended"
	AccountPending   Reason = "account_pending"
	RegionNotEnabled Reason = "region_not_enabled"
	RoleDenied       Reason = "role_denied"
	NoRecorder       Reason = "no_recorder"
	RecorderStopped  Reason = "recorder_stopped"
	RecorderFailing  Reason = "recorder_failing"
	RecorderDaily    Reason = "recorder_daily"
	RecorderPartial  Reason = "recorder_partial"
	SourceFailed     Reason = "source_failed"
	SourceOutdated   Reason = "source_outdated"
	NotAggregated    Reason = "not_aggregated"
	Unreadable       Reason = "unreadable"
)

// Why enforcement does not reach a pair that can be seen.
const (
	NotDeployed         Reason = "not_deployed"
	DeploymentFailed    Reason = "deployment_failed"
	NoVersionInRegion   Reason = "no_version_in_region"
	ManagementAccount   Reason = "management_account"
	OutsideOrganization Reason = "outside_organization"
)

// Why a function that should have been moved was not.
const (
	ContainerImage       Reason = "container_image"
	LayerMissing         Reason = "layer_missing"
	LayerNotShared       Reason = "layer_not_shared"
	OtherLayerMissing    Reason = "other_layer_missing"
	OtherLayerNotShared  Reason = "other_layer_not_shared"
	NewAndOldPresent     Reason = "new_and_old_present"
	TooLarge             Reason = "too_large"
	UpdateInProgress     Reason = "update_in_progress"
	FunctionGone         Reason = "function_gone"
	AccessDenied         Reason = "access_denied"
	Exempt               Reason = "exempt"
	NotEvaluated         Reason = "not_evaluated"
	RemediationPending   Reason = "remediation_pending"
	RemediationFailed    Reason = "remediation_failed"
	RemediationException Reason = "remediation_exception"
	NoPython             Reason = "python_missing"
)

var sentences = map[Reason]string{
	AccountSuspended: "the account is suspended or closed, so that nothing in it can be read",
	AccountPending:   "the account is not active yet",
	RegionNotEnabled: "the Region is not enabled in the account",
	RoleDenied:       "the reading role of the account cannot be assumed or lacks a permission",
	NoRecorder:       "AWS Config has no recorder here, so that changes go unseen",
	RecorderStopped:  "the AWS Config recorder is stopped, so that changes go unseen",
	RecorderFailing:  "the AWS Config recorder reports a failure",
	RecorderDaily:    "the AWS Config recorder records once a day, so that what it knows may be a day old",
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

	ContainerImage:       "functions made from container images take no layers",
	LayerMissing:         "the wanted layer version does not exist",
	LayerNotShared:       "the wanted layer version is not shared with the account",
	OtherLayerMissing:    "another layer of the function was deleted, and AWS refuses lists that name it",
	OtherLayerNotShared:  "another layer of the function is not shared with the account",
	NewAndOldPresent:     "the function lists the layer twice",
	TooLarge:             "function and layers together are over 250 MB unzipped",
	UpdateInProgress:     "the function was being updated the whole time",
	FunctionGone:         "the function was deleted",
	AccessDenied:         "AWS denied the change",
	Exempt:               "the function is tagged as exempt",
	NotEvaluated:         "the rule has not looked at the function yet",
	RemediationPending:   "the remediation has not finished",
	RemediationFailed:    "the remediation failed",
	RemediationException: "the remediation failed too often, and AWS Config gave it up",
	NoPython:             "the sandbox found no python3 to run the runbook with",
}

// Sentence explains the code to a person; a code that is not of the list is
// given back as it is.
func (r Reason) Sentence() string {
	if s, ok := sentences[r]; ok {
		return s
	}
	return string(r)
}

// Known reports whether r is of the list.
func (r Reason) Known() bool {
	_, ok := sentences[r]
	return ok
}
