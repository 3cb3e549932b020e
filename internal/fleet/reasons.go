package fleet

// About is what there is to know of a reason code.
type About struct {
	Code
	Sentence string // what it means
	Advice   string // what a person can do about it
}

// Group are codes that answer one question.
type Group struct {
	Title string
	Codes []About
}

// Reasons are all codes, in the order of docs/reasons.md.
func Reasons() []Group { return reasons[:] }

var reasons = [...]Group{
	{"Why a pair of account and Region is not covered", []About{
		{AccountSuspended, "the account is suspended or closed: nothing in it can be read", "Leave it out, or have AWS Support reopen it."},
		{AccountPending, "the account is not active yet", "Run the command again when the account is active."},
		{RegionNotEnabled, "the Region is not enabled in the account", "Enable the Region in the account, or leave it out."},
		{RoleDenied, "the reading role of the account cannot be assumed or lacks a permission", "Deploy `deploy/prerequisites.yaml` there; the detail says what was denied."},
		{NoRecorder, "AWS Config has no recorder here: changes are not recorded", "Deploy `deploy/prerequisites.yaml` there, or use `--source scan`."},
		{RecorderStopped, "the AWS Config recorder is stopped: changes are not recorded", "Start the recorder, or use `--source scan`."},
		{RecorderFailing, "the AWS Config recorder reports a failure", "Look at the recorder's delivery channel and role in that account."},
		{RecorderDaily, "the AWS Config recorder records once a day: its data may be a day old", "Record `AWS::Lambda::Function` continuously, or use `--source scan`."},
		{RecorderPartial, "the AWS Config recorder leaves out Lambda functions", "Add `AWS::Lambda::Function` to what it records."},
		{SourceFailed, "the aggregator could not fetch data from here", "Look at the aggregator's sources; its role may lack a permission."},
		{SourceOutdated, "the aggregator's data from here is out of date", "Wait some minutes; if it stays, look at the aggregator's sources."},
		{NotAggregated, "the aggregator does not collect from here", "Add the account or Region to the aggregator."},
		{Unreadable, "AWS answered with an error", "The detail is what AWS said; run the command again."},
	}},
	{"Why enforcement does not reach a pair", []About{
		{NotDeployed, "the stack set has no instance here", "Run `layerfleet enforce deploy` again."},
		{DeploymentFailed, "the stack instance failed", "The detail is what CloudFormation said; fix it, then `layerfleet enforce retry` deploys again."},
		{NoVersionInRegion, "the layer has no wanted version in this Region", "Publish the release there, then deploy again."},
		{RegionUnknown, "the version numbers of the layer in this Region are not known", "Add the Region to the deployment."},
		{ManagementAccount, "service-managed stack sets leave out the management account", "Deploy to it by name with `--self-managed`, or by a plain stack."},
		{OutsideOrganization, "the account is not in the organization", "Nothing, if it was closed or left; else check the account's number."},
	}},
	{"Why a function stays as it is", []About{
		{Exempt, "the function is tagged as exempt", "Its owner takes the tag off when it can move."},
		{TagsUnknown, "the tags cannot be read: an exemption would go unnoticed", "Give the role `lambda:ListTags`."},
		{PublishedVersion, "published versions never change", "Publish a new version of the function once `$LATEST` has moved, and point the alias at it."},
		{ContainerImage, "functions made from container images have no layers", "Rebuild the image with the new content."},
		{NewAndOldPresent, "the function lists two versions of one layer, which AWS refuses", "Take one of them off by hand."},
		{ArchitectureMismatch, "the wanted layer version does not declare the function's architecture", "Publish a version that declares it, or accept the mismatch where it is known to work."},
		{RuntimeMismatch, "the wanted layer version does not declare the function's runtime", "Publish a version that declares it, or accept the mismatch where it is known to work."},
		{LayerMissing, "the wanted layer version does not exist", "Publish it again and deploy the new number."},
		{LayerNotShared, "the wanted layer version is not shared with the account", "Share it: `layerfleet publish` repeats the grants of a release."},
		{ContentDiffers, "the layer version does not have the content that was meant", "`layerfleet catalog verify` compares the catalog with AWS."},
		{OtherLayerMissing, "another layer of the function was deleted, and AWS refuses lists that name it", "Its owner replaces or removes that layer; the function moves with the next evaluation."},
		{OtherLayerNotShared, "another layer of the function is not shared with the account", "The owner of that layer shares it again, or the function's owner removes it."},
		{TooLarge, "function and layers together are over 250 MB unzipped", "Make the layer or the function smaller."},
		{FunctionGone, "the function was deleted", "Nothing."},
		{AccessDenied, "AWS denied the change", "The detail names the action; look for a service control policy or a changed role."},
		{UpdateInProgress, "the function is being updated", "Wait for its deployment to end; `layerfleet enforce retry` starts it again."},
		{UpdateFailed, "Lambda could not finish the update", "The detail is Lambda's reason; mend it, then `layerfleet enforce retry`."},
		{TimedOut, "AWS did not answer in time, or refused for too many requests the whole time", "`layerfleet enforce retry` starts it again when there is less traffic."},
		{RemediationFailed, "the remediation failed", "The detail is what was said; `layerfleet enforce retry` starts it again."},
		{RemediationException, "the remediation failed too often: AWS Config gave up", "Mend the cause, then `layerfleet enforce retry` clears the exception."},
	}},
	{"Why a function is still open", []About{
		{NotEvaluated, "the rule has not evaluated the function yet", "Wait; the same command asks for evaluation again where it is owed."},
		{RemediationPending, "the remediation has not finished", "Wait; the same command continues."},
	}},
}
