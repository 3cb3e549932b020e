package quirk

// The quirks. Each constant's entry in All says what it decides.
const (
	EvaluationDelay        Name = "evaluation-delay"
	EvaluationTime         Name = "evaluation-time-without-resources"
	ChangedRule            Name = "changed-rule-evaluates"
	EvaluationOverlap      Name = "evaluation-while-running"
	StaleRemediation       Name = "remediation-from-stale-results"
	BreakerCounts          Name = "breaker-counts"
	NotApplicable          Name = "not-applicable-results"
	UpdateOrder            Name = "stack-update-order"
	IAMDelay               Name = "iam-delay"
	GrantDelay             Name = "layer-grant-delay"
	AggregatorDelay        Name = "aggregator-delay"
	AggregatorRows         Name = "aggregator-rows"
	ListDelay              Name = "list-behind-describe"
	NonASCII               Name = "non-ascii-template"
	SecondItem             Name = "items-per-update"
	QueuedRemediation      Name = "queued-remediation-when-off"
	DuringRemediation      Name = "noncompliant-during-remediation"
	RepeatedOperation      Name = "repeated-operation-id"
	UnknownType            Name = "unknown-type-under-false-condition"
	ClearedException       Name = "cleared-exception-starts"
	FailedCleanup          Name = "failed-deletion-in-cleanup"
	StackSetTime           Name = "stack-set-operation-time"
	CancelInterruptsScript Name = "cancel-interrupts-script"
	PutRemediationPassRole Name = "put-remediation-needs-pass-role"
	PreviousParameters     Name = "previous-parameters-mark-outdated"
	NewMetrics             Name = "new-metrics-listed"
)

// All lists the quirks.
func All() []Quirk {
	return []Quirk{
		{EvaluationDelay, []string{"minutes", "seconds"}, "a rule's verdicts appear function by function, each 0.5 to 5 minutes after it was asked for or the function changed; or all after a second", "AWS publishes no period (aws.md §9.2)"},
		{EvaluationTime, []string{"unset", "set"}, "whether LastSuccessfulEvaluationTime appears for a rule that had no resource to look at", "no API tells the end of an evaluation (aws.md §9.2)"},
		{ChangedRule, []string{"no", "yes"}, "whether PutConfigRule with a changed rule evaluates what is recorded", "the model says so of new rules only (aws.md §9.2)"},
		{EvaluationOverlap, []string{"refused", "accepted"}, "whether StartConfigRulesEvaluation is refused while an evaluation of the rule is running", "StartConfigRulesEvaluation's LimitExceededException names both reasons"},
		{StaleRemediation, []string{"yes", "no"}, "whether automatic remediation also starts for a function that became compliant since its last verdict", "PutRemediationConfigurations: auto remediation can be initiated even for compliant resources"},
		{BreakerCounts, []string{"attempts", "failures"}, "what MaximumAutomaticAttempts counts within RetryAttemptSeconds", "PutRemediationConfigurations says attempts, elsewhere failed attempts (aws.md §9.2)"},
		{NotApplicable, []string{"removed", "kept"}, "whether NOT_APPLICABLE results are cleaned up", "AWS Config Developer Guide, evaluate-config_develop-rules"},
		{UpdateOrder, []string{"any", "dependencies"}, "whether CloudFormation updates resources without a dependency between them in any order, or in the template's", "no order is documented"},
		{IAMDelay, []string{"seconds", "none"}, "how long changes of roles and policies take to count", "IAM User Guide: changes are not immediately visible"},
		{GrantDelay, []string{"seconds", "none"}, "how long AddLayerVersionPermission takes to count", "not documented"},
		{AggregatorDelay, []string{"minutes", "seconds"}, "how far an aggregator is behind its sources", "AWS Config Developer Guide: minutes"},
		{AggregatorRows, []string{"organization", "account"}, "how DescribeConfigurationAggregatorSourcesStatus labels the rows of an organization's accounts", "the model leaves it open (aws.md §9.2)"},
		{ListDelay, []string{"yes", "no"}, "whether lists of stack set operations and instances lag behind the descriptions of single ones", "CloudFormation API Reference: eventually consistent"},
		{NonASCII, []string{"question-mark", "kept"}, "whether non-ASCII characters of a template are read back as ?", "cloudformation-coverage-roadmap #814, #1220"},
		{SecondItem, []string{"two", "one"}, "how many configuration items an update of a function makes", "lastUpdateStatus and revisionId are in the item (aws.md §9.2)"},
		{QueuedRemediation, []string{"run", "dropped"}, "what becomes of queued remediations when automatic remediation is switched off", "not documented"},
		{DuringRemediation, []string{"later", "never"}, "whether a function that turns non-compliant while its own remediation is running is looked at again", "not documented"},
		{RepeatedOperation, []string{"refused", "accepted"}, "whether a stack set operation repeated with the same id and request is refused or answered with the first", "not documented (control.md §1)"},
		{UnknownType, []string{"refused", "accepted"}, "whether a stack set takes a template with an unknown resource type under a false condition", "aws-cdk #25634"},
		{ClearedException, []string{"no", "yes"}, "whether deleting a remediation exception starts remediation by itself", "not documented (control.md §2)"},
		{FailedCleanup, []string{"orphaned", "failed"}, "what becomes of a resource that cannot be deleted in an update's clean-up: the stack is UPDATE_COMPLETE and the resource stays behind, or the update fails", "aws-cdk #744, hyp3 #2800 (control.md §2)"},
		{StackSetTime, []string{"minutes", "seconds"}, "how long stack set operations take, whatever the sandbox's speed", "not documented"},
		{CancelInterruptsScript, []string{"no", "yes"}, "whether StopAutomationExecution with Cancel ends a script that is running", "not documented (control.md §3)"},
		{PutRemediationPassRole, []string{"yes", "no"}, "whether PutRemediationConfigurations and StartRemediationExecution need iam:PassRole and ssm:StartAutomationExecution of their caller", "not documented (control.md §3)"},
		{PreviousParameters, []string{"yes", "no"}, "whether UpdateStackSet with UsePreviousValue parameters marks every instance OUTDATED", "not documented (control.md §1)"},
		{NewMetrics, []string{"late", "at-once"}, "whether ListMetrics knows a new metric 15 minutes after its first data, or at once", "CloudWatch API Reference, ListMetrics: up to 15 minutes"},
	}
}
