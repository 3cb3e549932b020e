"""AWS Config rules with a Guard policy, their compliance, and remediation (reference sheet §3.5 to §3.7)."""

import json
import time

from world import SPEED, allow, expect, policy, same

A, AUTOMATIC, DOOMED = 10, 11, 12  # indexes of the accounts that these flows use
FUNCTION = "AWS::Lambda::Function"
ON_CHANGE = [
    {"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"},
    {"EventSource": "aws.config", "MessageType": "OversizedConfigurationItemChangeNotification"},
]

RUNBOOK = """
schemaVersion: "0.3"
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole: {type: String}
  FunctionName: {type: String}
  Pause: {type: String, default: PT1S}
mainSteps:
  - {name: Pause, action: "aws:sleep", inputs: {Duration: "{{ Pause }}"}}
  - name: Grow
    action: aws:executeAwsApi
    inputs: {Service: lambda, Api: UpdateFunctionConfiguration, FunctionName: "{{ FunctionName }}", MemorySize: 512}
  - name: Wait
    action: aws:waitForAwsResourceProperty
    inputs: {Service: lambda, Api: GetFunction, FunctionName: "{{ FunctionName }}", PropertySelector: $.Configuration.LastUpdateStatus, DesiredValues: [Successful]}
"""


def large(prefix):
    """Functions of a prefix need 512 MB; what has another name is not judged."""
    return f"""
rule large when resourceType == "AWS::Lambda::Function" configuration.functionName == /^{prefix}/ {{
    configuration.memorySize >= 512
}}
"""


def rule(name, text, **more):
    return {
        "ConfigRuleName": name,
        "Scope": {"ComplianceResourceTypes": [FUNCTION]},
        "Source": {
            "Owner": "CUSTOM_POLICY",
            "SourceDetails": ON_CHANGE,
            "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x", "PolicyText": text},
        },
        **more,
    }


def verdicts(config, name, **more):
    pages = config.get_paginator("get_compliance_details_by_config_rule").paginate(ConfigRuleName=name, **more)
    return {
        r["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: r["ComplianceType"]
        for p in pages
        for r in p["EvaluationResults"]
    }


def settled(c, config, name):
    """Waits until a rule has looked at everything."""
    c.until(
        f"rule {name}",
        lambda: config.describe_config_rules(ConfigRuleNames=[name])["ConfigRules"][0]["ConfigRuleState"] == "ACTIVE",
    )


def flow_rule(c):
    account = c.members[A]
    config, lam = c.client("config", account), c.client("lambda", account)
    c.function(account, "rule-small")
    c.function(account, "rule-large", MemorySize=1024)
    c.function(account, "ignored")
    config.put_config_rule(
        ConfigRule=rule("flow-rule", large("rule-"), Description="d"), Tags=[{"Key": "k", "Value": "v"}]
    )
    got = config.describe_config_rules(ConfigRuleNames=["flow-rule"])["ConfigRules"][0]
    expect(got["ConfigRuleId"].startswith("config-rule-") and len(got["ConfigRuleId"]) == 18, got["ConfigRuleId"])
    same(
        got["ConfigRuleArn"],
        f"arn:aws:config:{c.home}:{account}:config-rule/{got['ConfigRuleId']}",
        "the ARN never holds the name",
    )
    expect(
        "PolicyText" not in got["Source"]["CustomPolicyDetails"],
        "the policy text is read back by GetCustomRulePolicy only",
    )
    same(config.get_custom_rule_policy(ConfigRuleName="flow-rule")["PolicyText"], large("rule-"))
    same(config.list_tags_for_resource(ResourceArn=got["ConfigRuleArn"])["Tags"], [{"Key": "k", "Value": "v"}])

    c.until("the first verdicts", lambda: len(verdicts(config, "flow-rule")) >= 3)
    found = verdicts(config, "flow-rule")
    same((found["rule-small"], found["rule-large"], found["ignored"]), ("NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE"))
    same(verdicts(config, "flow-rule", ComplianceTypes=["NON_COMPLIANT"]), {"rule-small": "NON_COMPLIANT"})
    summary = config.describe_compliance_by_config_rule(ConfigRuleNames=["flow-rule"])["ComplianceByConfigRules"][0][
        "Compliance"
    ]
    same((summary["ComplianceType"], summary["ComplianceContributorCount"]["CappedCount"]), ("NON_COMPLIANT", 1))
    by = config.get_compliance_details_by_resource(ResourceType=FUNCTION, ResourceId="rule-small")["EvaluationResults"]
    same([r["ComplianceType"] for r in by], ["NON_COMPLIANT"])
    resources = [
        r
        for p in config.get_paginator("describe_compliance_by_resource").paginate(
            ResourceType=FUNCTION, ComplianceTypes=["NON_COMPLIANT"]
        )
        for r in p["ComplianceByResources"]
    ]
    same([r["ResourceId"] for r in resources], ["rule-small"])

    lam.update_function_configuration(FunctionName="rule-small", MemorySize=512)
    c.until("the verdict on the change", lambda: verdicts(config, "flow-rule")["rule-small"] == "COMPLIANT")
    config.put_config_rule(ConfigRule=rule("flow-rule", large("rule-l")))
    settled(c, config, "flow-rule")
    began = time.monotonic()
    config.start_config_rules_evaluation(ConfigRuleNames=["flow-rule"])
    limit = c.refused(
        "LimitExceededException", config.start_config_rules_evaluation, status=400, ConfigRuleNames=["flow-rule"]
    )
    expect(c.message(limit), "no message")
    c.until("the new policy's verdict", lambda: verdicts(config, "flow-rule")["rule-small"] == "NOT_APPLICABLE")
    settled(c, config, "flow-rule")
    if (time.monotonic() - began) * SPEED < 45:  # the minute is not over, though nothing runs any more
        c.refused("LimitExceededException", config.start_config_rules_evaluation, ConfigRuleNames=["flow-rule"])
    c.sleep(61)
    config.start_config_rules_evaluation(ConfigRuleNames=["flow-rule"])
    status = config.describe_config_rule_evaluation_status(ConfigRuleNames=["flow-rule"])[
        "ConfigRulesEvaluationStatus"
    ][0]
    expect(status["FirstEvaluationStarted"] and status["LastSuccessfulEvaluationTime"], status)

    config.put_config_rule(ConfigRule=rule("flow-nothing", large("never-such-a-name")))
    c.until("verdicts", lambda: verdicts(config, "flow-nothing"))
    same(
        config.describe_compliance_by_config_rule(ConfigRuleNames=["flow-nothing"])["ComplianceByConfigRules"][0][
            "Compliance"
        ]["ComplianceType"],
        "INSUFFICIENT_DATA",
    )
    for name in ("flow-nothing", "flow-rule"):
        config.delete_config_rule(ConfigRuleName=name)
        c.until(
            "the deletion",
            lambda name=name: (
                not any(r["ConfigRuleName"] == name for r in config.describe_config_rules()["ConfigRules"])
            ),
        )
    gone = "NoSuchConfigRuleException"
    for call in (
        "describe_config_rules",
        "describe_compliance_by_config_rule",
        "start_config_rules_evaluation",
        "describe_config_rule_evaluation_status",
    ):
        c.refused(gone, getattr(config, call), status=400, ConfigRuleNames=["flow-rule"])
    for call in ("delete_config_rule", "get_custom_rule_policy", "get_compliance_details_by_config_rule"):
        c.refused(gone, getattr(config, call), status=400, ConfigRuleName="flow-rule")


def flow_refused_rules(c):
    config = c.client("config", c.members[A])
    text = "rule a { configuration.timeout > 0 }"

    def bad(code, of=None, **source):
        r = rule("flow-bad", text, **(of or {}))
        r["Source"] = {**r["Source"], **source}
        c.refused(code, config.put_config_rule, status=400, ConfigRule=r)

    value = "InvalidParameterValueException"
    bad(value, CustomPolicyDetails={"PolicyRuntime": "guard-2.x.x", "PolicyText": "rule a {"})
    bad("ValidationException", CustomPolicyDetails={"PolicyRuntime": "guard-3.x.x", "PolicyText": text})
    bad(value, CustomPolicyDetails={"PolicyRuntime": "guard-2.x.x", "PolicyText": text + "#" * 10000})
    bad(value, SourceDetails=[{"EventSource": "aws.config", "MessageType": "ScheduledNotification"}])
    bad(value, of={"MaximumExecutionFrequency": "One_Hour"})
    bad(value, of={"InputParameters": "not json"})
    bad("SandboxUnsupported", Owner="AWS", SourceIdentifier="LAMBDA_CONCURRENCY_CHECK")
    c.refused("NoSuchConfigRuleException", config.describe_config_rules, ConfigRuleNames=["none"])
    config.put_config_rule(ConfigRule=rule("r" * 65, text))
    c.refused(
        "ValidationException", config.get_compliance_details_by_config_rule, ConfigRuleName="r" * 65
    )  # shorter than rules may be
    config.delete_config_rule(ConfigRuleName="r" * 65)


def flow_parameters_and_scope(c):
    account = c.members[A]
    config = c.client("config", account)
    c.function(account, "scoped-red", Tags={"team": "red"})
    c.function(account, "scoped-blue", Tags={"team": "blue"}, Timeout=60)
    text = 'rule t when resourceType == "AWS::Lambda::Function" { configuration.timeout >= 30 }'
    config.put_config_rule(
        ConfigRule=rule(
            "flow-scope", text, Scope={"TagKey": "team", "TagValue": "red"}, InputParameters=json.dumps({"Unused": "x"})
        )
    )
    c.until("verdicts", lambda: verdicts(config, "flow-scope"))
    same(verdicts(config, "flow-scope"), {"scoped-red": "NON_COMPLIANT"})
    same(
        json.loads(config.describe_config_rules(ConfigRuleNames=["flow-scope"])["ConfigRules"][0]["InputParameters"]),
        {"Unused": "x"},
    )
    config.delete_config_rule(ConfigRuleName="flow-scope")


def remediation(name, role, document="Flow-Grow", **more):
    return {
        "ConfigRuleName": name,
        "TargetType": "SSM_DOCUMENT",
        "TargetId": document,
        "Parameters": {
            "FunctionName": {"ResourceValue": {"Value": "RESOURCE_ID"}},
            "AutomationAssumeRole": {"StaticValue": {"Values": [role]}},
        },
        **more,
    }


def prepare(c, account, *actions):
    """The runbook and its role in an account; returns the role's ARN."""
    c.client("ssm", account).create_document(
        Name="Flow-Grow", Content=RUNBOOK, DocumentType="Automation", DocumentFormat="YAML"
    )
    return c.role(account, "FlowGrow", "ssm.amazonaws.com", allow(list(actions)))


def states(config, name):
    pages = config.get_paginator("describe_remediation_execution_status").paginate(ConfigRuleName=name)
    return {s["ResourceKey"]["resourceId"]: s for p in pages for s in p["RemediationExecutionStatuses"]}


def flow_remediation_by_hand(c):
    account = c.members[A]
    config = c.client("config", account)
    role = prepare(c, account, "lambda:UpdateFunctionConfiguration", "lambda:GetFunction")
    c.function(account, "hand-1")
    c.function(account, "hand-2")
    config.put_config_rule(ConfigRule=rule("flow-hand", large("hand-")))
    c.until(
        "verdicts",
        lambda: list(verdicts(config, "flow-hand", ComplianceTypes=["NON_COMPLIANT"])) == ["hand-1", "hand-2"],
    )
    value = "InvalidParameterValueException"

    def put(**more):
        return config.put_remediation_configurations(RemediationConfigurations=[remediation("flow-hand", role, **more)])

    c.refused(value, put, document="Flow-Nowhere")
    c.refused(
        value, config.put_remediation_configurations, RemediationConfigurations=[remediation("flow-nowhere", role)]
    )
    c.refused(value, put, Automatic=True, Parameters={"FunctionName": {"ResourceValue": {"Value": "RESOURCE_ID"}}})
    c.refused(
        "NoSuchRemediationConfigurationException",
        config.start_remediation_execution,
        ConfigRuleName="flow-hand",
        ResourceKeys=[{"resourceType": FUNCTION, "resourceId": "hand-1"}],
    )
    same(put()["FailedBatches"], [])
    got = config.describe_remediation_configurations(ConfigRuleNames=["flow-hand", "flow-nowhere"])[
        "RemediationConfigurations"
    ]
    same([(r["ConfigRuleName"], r["TargetId"], r["Automatic"]) for r in got], [("flow-hand", "Flow-Grow", False)])
    c.refused("ResourceInUseException", config.delete_config_rule, ConfigRuleName="flow-hand")

    config.start_remediation_execution(
        ConfigRuleName="flow-hand", ResourceKeys=[{"resourceType": FUNCTION, "resourceId": "hand-1"}]
    )
    c.until("the remediation", lambda: states(config, "flow-hand").get("hand-1", {}).get("State") == "SUCCEEDED")
    done = states(config, "flow-hand")["hand-1"]
    same(
        [(s["Name"], s["State"]) for s in done["StepDetails"]],
        [("Pause", "SUCCEEDED"), ("Grow", "SUCCEEDED"), ("Wait", "SUCCEEDED")],
    )
    c.until("the verdict", lambda: verdicts(config, "flow-hand")["hand-1"] == "COMPLIANT")

    slow = remediation("flow-hand", role)
    slow["Parameters"]["Pause"] = {"StaticValue": {"Values": ["PT10M"]}}
    config.put_remediation_configurations(RemediationConfigurations=[slow])
    config.start_remediation_execution(
        ConfigRuleName="flow-hand", ResourceKeys=[{"resourceType": FUNCTION, "resourceId": "hand-2"}]
    )
    c.until(
        "the running remediation", lambda: states(config, "flow-hand").get("hand-2", {}).get("State") == "IN_PROGRESS"
    )
    c.refused("RemediationInProgressException", config.delete_remediation_configuration, ConfigRuleName="flow-hand")
    ssm = c.client("ssm", account)
    running = ssm.describe_automation_executions(
        Filters=[
            {"Key": "ExecutionStatus", "Values": ["InProgress"]},
            {"Key": "DocumentNamePrefix", "Values": ["Flow-Grow"]},
        ]
    )
    ssm.stop_automation_execution(
        AutomationExecutionId=running["AutomationExecutionMetadataList"][0]["AutomationExecutionId"]
    )
    c.until("the end", lambda: states(config, "flow-hand")["hand-2"]["State"] == "FAILED")
    config.delete_remediation_configuration(ConfigRuleName="flow-hand")
    c.refused(
        "NoSuchRemediationConfigurationException", config.delete_remediation_configuration, ConfigRuleName="flow-hand"
    )
    config.delete_config_rule(ConfigRuleName="flow-hand")


def flow_automatic_remediation(c):
    account = c.members[AUTOMATIC]
    config, lam = c.client("config", account), c.client("lambda", account)
    role = prepare(c, account, "lambda:UpdateFunctionConfiguration", "lambda:GetFunction")
    names = [f"auto-{i}" for i in range(5)]
    for name in names:
        c.function(account, name)
    config.put_config_rule(ConfigRule=rule("flow-auto", large("auto-")))
    c.until("verdicts", lambda: len(verdicts(config, "flow-auto", ComplianceTypes=["NON_COMPLIANT"])) == 5)
    config.put_remediation_configurations(
        RemediationConfigurations=[
            remediation(
                "flow-auto",
                role,
                Automatic=True,
                MaximumAutomaticAttempts=3,
                RetryAttemptSeconds=86400,
                ExecutionControls={"SsmControls": {"ConcurrentExecutionRatePercentage": 50, "ErrorPercentage": 100}},
            )
        ]
    )
    c.until("all remediations", lambda: set(verdicts(config, "flow-auto", ComplianceTypes=["COMPLIANT"])) == set(names))
    for name in names:
        same(lam.get_function_configuration(FunctionName=name)["MemorySize"], 512, name)
    c.function(account, "auto-late")
    c.until("the remediation of a new function", lambda: verdicts(config, "flow-auto").get("auto-late") == "COMPLIANT")

    central = c.client("config")
    at = {"ConfigurationAggregatorName": c.aggregator}

    def counts():
        out = central.describe_aggregate_compliance_by_config_rules(
            **at, Filters={"ConfigRuleName": "flow-auto", "AccountId": account, "AwsRegion": c.home}
        )
        return [r["Compliance"]["ComplianceType"] for r in out["AggregateComplianceByConfigRules"]]

    c.until("the aggregated compliance", lambda: counts() == ["COMPLIANT"])
    details = central.get_paginator("get_aggregate_compliance_details_by_config_rule").paginate(
        **at, ConfigRuleName="flow-auto", AccountId=account, AwsRegion=c.home
    )
    c.until(
        "the aggregated details",
        lambda: {r["ComplianceType"] for p in details for r in p["AggregateEvaluationResults"]} == {"COMPLIANT"},
    )
    grouped = central.get_aggregate_config_rule_compliance_summary(
        **at, GroupByKey="ACCOUNT_ID", Filters={"AccountId": account}
    )
    same([g["GroupName"] for g in grouped["AggregateComplianceCounts"]], [account])
    c.refused(
        "NoSuchConfigurationAggregatorException",
        central.describe_aggregate_compliance_by_config_rules,
        ConfigurationAggregatorName="none",
    )
    config.delete_remediation_configuration(ConfigRuleName="flow-auto")
    config.delete_config_rule(ConfigRuleName="flow-auto")


def flow_doomed_remediation(c):
    """A role that lacks an action: attempts fail, then the circuit breaker makes an exception, which can be lifted."""
    account = c.members[DOOMED]
    config = c.client("config", account)
    role = prepare(c, account, "lambda:GetFunction")
    c.function(account, "doomed-1")
    config.put_config_rule(ConfigRule=rule("flow-doomed", large("doomed-")))
    c.until("verdicts", lambda: verdicts(config, "flow-doomed").get("doomed-1") == "NON_COMPLIANT")
    config.put_remediation_configurations(
        RemediationConfigurations=[
            remediation("flow-doomed", role, Automatic=True, MaximumAutomaticAttempts=2, RetryAttemptSeconds=86400)
        ]
    )

    def exceptions():
        return [
            x["ResourceId"]
            for x in config.describe_remediation_exceptions(ConfigRuleName="flow-doomed")["RemediationExceptions"]
        ]

    c.until("the exception", exceptions)
    same(exceptions(), ["doomed-1"])
    failed = states(config, "flow-doomed")["doomed-1"]
    same(failed["State"], "FAILED")
    same(
        [(s["Name"], s["State"]) for s in failed["StepDetails"]],
        [("Pause", "SUCCEEDED"), ("Grow", "FAILED"), ("Wait", "PENDING")],
    )
    reason = failed["StepDetails"][1]["ErrorMessage"]
    expect("AccessDenied" in reason and "lambda:UpdateFunctionConfiguration" in reason, reason)

    c.client("iam", account).put_role_policy(
        RoleName="FlowGrow",
        PolicyName="inline",
        PolicyDocument=policy(allow(["lambda:GetFunction", "lambda:UpdateFunctionConfiguration"])),
    )
    keys = [{"ResourceType": FUNCTION, "ResourceId": "doomed-1"}]
    same(
        config.delete_remediation_exceptions(ConfigRuleName="flow-doomed", ResourceKeys=keys).get("FailedBatches", []),
        [],
    )
    c.until(
        "the remediation after the exception was lifted",
        lambda: verdicts(config, "flow-doomed").get("doomed-1") == "COMPLIANT",
    )
    c.refused(
        "NoSuchRemediationExceptionException",
        config.delete_remediation_exceptions,
        ConfigRuleName="flow-doomed",
        ResourceKeys=keys,
    )
    refused = config.put_remediation_exceptions(ConfigRuleName="flow-doomed", ResourceKeys=keys, Message="fine already")
    same(len(refused["FailedBatches"]), 1, "an exception for a compliant function")

    c.until("the end of the remediation", lambda: states(config, "flow-doomed")["doomed-1"]["State"] == "SUCCEEDED")
    config.delete_remediation_configuration(ConfigRuleName="flow-doomed")
    c.client("lambda", account).update_function_configuration(FunctionName="doomed-1", MemorySize=128)
    c.until("the verdict", lambda: verdicts(config, "flow-doomed").get("doomed-1") == "NON_COMPLIANT")
    same(
        config.put_remediation_exceptions(ConfigRuleName="flow-doomed", ResourceKeys=keys, Message="left alone").get(
            "FailedBatches", []
        ),
        [],
    )
    config.put_remediation_configurations(RemediationConfigurations=[remediation("flow-doomed", role, Automatic=True)])
    c.sleep(30)
    same(
        verdicts(config, "flow-doomed"),
        {**verdicts(config, "flow-doomed"), "doomed-1": "NON_COMPLIANT"},
        "an excepted function was remediated",
    )
