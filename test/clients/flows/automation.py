"""Systems Manager documents and Automation executions (reference sheet §4)."""

import json
import uuid

from world import allow, expect, same

A, FRIEND = 8, 9  # indexes of the accounts that these flows use

SCRIPT = """
schemaVersion: "0.3"
description: reads one function
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole: {type: AWS::IAM::Role::Arn}
  FunctionName: {type: String, description: which}
  Fail: {type: Boolean, default: false}
mainSteps:
  - name: Read
    action: aws:executeScript
    timeoutSeconds: 120
    inputs:
      Runtime: python3.11
      Handler: main
      InputPayload: {name: "{{ FunctionName }}", fail: "{{ Fail }}", region: "{{ global:REGION }}", id: "{{ automation:EXECUTION_ID }}"}
      Script: |
        import boto3
        def main(events, context):
            print("reading", events["name"])
            if events["fail"]:
                raise ValueError("asked to fail")
            got = boto3.client("lambda").get_function(FunctionName=events["name"])
            return {"timeout": got["Configuration"]["Timeout"], "names": ["a", "b"], "where": events["region"], "id": events["id"]}
    outputs:
      - {Name: Timeout, Selector: $.Payload.timeout, Type: Integer}
      - {Name: Names, Selector: $.Payload.names, Type: StringList}
      - {Name: Where, Selector: $.Payload.where, Type: String}
outputs:
  - Read.Timeout
  - Read.Names
  - Read.Where
"""

CALLS = """
schemaVersion: "0.3"
parameters:
  FunctionName: {type: String}
  Wait: {type: String, default: PT1S}
mainSteps:
  - name: Change
    action: aws:executeAwsApi
    inputs: {Service: lambda, Api: UpdateFunctionConfiguration, FunctionName: "{{ FunctionName }}", MemorySize: 256}
    outputs:
      - {Name: Status, Selector: $.LastUpdateStatus, Type: String}
  - name: Done
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 300
    inputs: {Service: lambda, Api: get_function, FunctionName: "{{ FunctionName }}", PropertySelector: $.Configuration.LastUpdateStatus, DesiredValues: [Successful]}
  - name: Sleep
    action: aws:sleep
    inputs: {Duration: "{{ Wait }}"}
  - name: Choose
    action: aws:branch
    inputs:
      Choices:
        - {NextStep: Right, Variable: "{{ Change.Status }}", StringEquals: InProgress}
      Default: Wrong
  - name: Wrong
    action: aws:sleep
    isEnd: true
    inputs: {Duration: PT1S}
  - name: Right
    action: aws:assertAwsResourceProperty
    isEnd: true
    inputs: {Service: lambda, Api: GetFunctionConfiguration, FunctionName: "{{ FunctionName }}", PropertySelector: $.MemorySize, DesiredValues: ["256"]}
outputs:
  - Change.Status
"""

END = ("Success", "Failed", "TimedOut", "Cancelled")


def finish(c, ssm, execution):
    def over():
        got = ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]
        return got["AutomationExecutionStatus"] in END and got

    return c.until(f"execution {execution}", over)


def flow_documents(c):
    account = c.members[A]
    ssm = c.client("ssm", account)
    made = ssm.create_document(
        Name="Flow-Read",
        Content=SCRIPT,
        DocumentType="Automation",
        DocumentFormat="YAML",
        TargetType="/AWS::Lambda::Function",
        VersionName="first",
        Tags=[{"Key": "a", "Value": "1"}],
    )["DocumentDescription"]
    same(
        (made["DocumentVersion"], made["DefaultVersion"], made["SchemaVersion"], made["Owner"]),
        ("1", "1", "0.3", account),
    )
    got = ssm.describe_document(Name="Flow-Read")["Document"]
    same(
        (got["Status"], got["HashType"], got["TargetType"], got["DocumentFormat"]),
        ("Active", "Sha256", "/AWS::Lambda::Function", "YAML"),
    )
    same({p["Name"] for p in got["Parameters"]}, {"AutomationAssumeRole", "FunctionName", "Fail"})
    same(
        json.loads(ssm.get_document(Name="Flow-Read")["Content"])["schemaVersion"],
        "0.3",
        "content as JSON, the default format",
    )
    same(ssm.get_document(Name="Flow-Read", DocumentFormat="YAML")["Content"], SCRIPT)
    c.refused(
        "DocumentAlreadyExists",
        ssm.create_document,
        status=400,
        Name="Flow-Read",
        Content=SCRIPT,
        DocumentType="Automation",
        DocumentFormat="YAML",
    )
    c.refused(
        "DuplicateDocumentContent",
        ssm.update_document,
        Name="Flow-Read",
        Content=SCRIPT,
        DocumentFormat="YAML",
        DocumentVersion="$LATEST",
    )
    second = SCRIPT.replace("reads one function", "reads a function")
    up = ssm.update_document(Name="Flow-Read", Content=second, DocumentFormat="YAML", DocumentVersion="$LATEST")[
        "DocumentDescription"
    ]
    same(
        (up["DocumentVersion"], up["LatestVersion"], up["DefaultVersion"]),
        ("2", "2", "1"),
        "an update leaves the default version",
    )
    same(ssm.get_document(Name="Flow-Read", DocumentFormat="YAML")["DocumentVersion"], "1")
    same(ssm.get_document(Name="Flow-Read", DocumentVersion="$LATEST", DocumentFormat="YAML")["Content"], second)
    c.refused("InvalidDocumentVersion", ssm.get_document, Name="Flow-Read", DocumentVersion="9")
    ssm.update_document_default_version(Name="Flow-Read", DocumentVersion="2")
    versions = {
        v["DocumentVersion"]: v["IsDefaultVersion"]
        for v in ssm.list_document_versions(Name="Flow-Read")["DocumentVersions"]
    }
    same(versions, {"1": False, "2": True})
    names = [
        d["Name"]
        for p in ssm.get_paginator("list_documents").paginate(Filters=[{"Key": "Owner", "Values": ["Self"]}])
        for d in p["DocumentIdentifiers"]
    ]
    expect("Flow-Read" in names, names)
    ssm.add_tags_to_resource(ResourceType="Document", ResourceId="Flow-Read", Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(ResourceType="Document", ResourceId="Flow-Read", TagKeys=["a"])
    same(
        ssm.list_tags_for_resource(ResourceType="Document", ResourceId="Flow-Read")["TagList"],
        [{"Key": "b", "Value": "2"}],
    )
    ssm.delete_document(Name="Flow-Read")
    c.refused("InvalidDocument", ssm.describe_document, status=400, Name="Flow-Read")
    c.refused("InvalidDocument", ssm.delete_document, Name="Flow-Read")


def flow_refused_documents(c):
    ssm = c.client("ssm", c.members[A])

    def bad(code, content=SCRIPT, text="", name="Flow-Bad", **more):
        more = {"DocumentType": "Automation", "DocumentFormat": "YAML", **more}
        c.refused(code, ssm.create_document, text=text, status=400, Name=name, Content=content, **more)

    for runtime in ("python3.6", "python3.7", "python3.8"):  # AWS refuses these since 2024-12-04
        bad("InvalidDocumentContent", SCRIPT.replace("python3.11", runtime), text=runtime)
    bad("InvalidDocumentContent", "mainSteps: [")
    bad("InvalidDocumentContent", SCRIPT.replace("action: aws:executeScript", "action: aws:noSuchAction"))
    bad("InvalidDocumentContent", SCRIPT.replace("{{ FunctionName }}", "{{ Missing }}"))
    bad("InvalidDocumentSchemaVersion", SCRIPT.replace('"0.3"', '"9.9"'))
    bad("ValidationException", name="no spaces")
    bad("ValidationException", name="AWS-Mine")
    bad("MaxDocumentSizeExceeded", SCRIPT + "#" * 65536)
    bad("SandboxUnsupported", text="Command", DocumentType="Command")
    bad(
        "SandboxUnsupported",
        SCRIPT.replace("action: aws:executeScript", "action: aws:runCommand"),
        text="aws:runCommand",
    )


def flow_sharing(c):
    owner, friend, other = c.members[A], c.members[FRIEND], c.members[0]
    ssm, theirs = c.client("ssm", owner), c.client("ssm", friend)
    ssm.create_document(Name="Flow-Shared", Content=CALLS, DocumentType="Automation", DocumentFormat="YAML")
    arn = f"arn:aws:ssm:{c.home}:{owner}:document/Flow-Shared"
    c.refused("InvalidDocument", theirs.get_document, Name=arn)
    ssm.modify_document_permission(Name="Flow-Shared", PermissionType="Share", AccountIdsToAdd=[friend])
    shares = ssm.describe_document_permission(Name="Flow-Shared", PermissionType="Share")
    same((shares["AccountIds"], shares["AccountSharingInfoList"][0]["AccountId"]), ([friend], friend))
    same(theirs.describe_document(Name=arn)["Document"]["Owner"], owner)
    c.refused("InvalidDocument", c.client("ssm", other).get_document, Name=arn)
    c.refused("InvalidDocument", theirs.get_document, Name="Flow-Shared")
    c.refused("InvalidDocumentOperation", ssm.delete_document, Name="Flow-Shared")
    c.refused(
        "ValidationException",
        ssm.modify_document_permission,
        Name="Flow-Shared",
        PermissionType="Share",
        AccountIdsToAdd=[f"{i:012}" for i in range(21)],
    )
    ssm.modify_document_permission(Name="Flow-Shared", PermissionType="Share", AccountIdsToRemove=[friend])
    c.refused("InvalidDocument", theirs.get_document, Name=arn)
    ssm.delete_document(Name="Flow-Shared")


def flow_script(c):
    account = c.members[A]
    ssm = c.client("ssm", account)
    role = c.role(account, "FlowScript", "ssm.amazonaws.com", allow(["lambda:GetFunction", "lambda:ListTags"]))
    c.function(account, "scripted", Timeout=42)
    ssm.create_document(Name="Flow-Script", Content=SCRIPT, DocumentType="Automation", DocumentFormat="YAML")
    parameters = {"AutomationAssumeRole": [role], "FunctionName": ["scripted"]}
    started = ssm.start_automation_execution(DocumentName="Flow-Script", Parameters=parameters)["AutomationExecutionId"]
    uuid.UUID(started)
    got = finish(c, ssm, started)
    same((got["AutomationExecutionStatus"], got.get("FailureMessage")), ("Success", None))
    same(got["Outputs"], {"Read.Timeout": ["42"], "Read.Names": ["a", "b"], "Read.Where": [c.home]})
    step = ssm.describe_automation_step_executions(AutomationExecutionId=started)["StepExecutions"][0]
    same((step["StepName"], step["Action"], step["StepStatus"]), ("Read", "aws:executeScript", "Success"))
    expect(
        "reading scripted" in step["Outputs"]["OutputPayload"][0] and started in step["Outputs"]["OutputPayload"][0],
        step["Outputs"],
    )

    failed = finish(
        c,
        ssm,
        ssm.start_automation_execution(DocumentName="Flow-Script", Parameters={**parameters, "Fail": ["true"]})[
            "AutomationExecutionId"
        ],
    )
    same(failed["AutomationExecutionStatus"], "Failed")
    expect(
        "ValueError" in failed["FailureMessage"] and "asked to fail" in failed["FailureMessage"],
        failed["FailureMessage"],
    )
    absent = finish(
        c,
        ssm,
        ssm.start_automation_execution(
            DocumentName="Flow-Script", Parameters={**parameters, "FunctionName": ["nobody"]}
        )["AutomationExecutionId"],
    )
    expect("ResourceNotFoundException" in absent["FailureMessage"], absent["FailureMessage"])

    c.client("iam", account).put_role_policy(
        RoleName="FlowScript",
        PolicyName="inline",
        PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:ListTags","Resource":"*"}]}',
    )
    denied = finish(
        c,
        ssm,
        ssm.start_automation_execution(DocumentName="Flow-Script", Parameters=parameters)["AutomationExecutionId"],
    )
    expect(
        "AccessDenied" in denied["FailureMessage"] and "lambda:GetFunction" in denied["FailureMessage"],
        denied["FailureMessage"],
    )


def flow_calls_and_branches(c):
    account = c.members[A]
    ssm = c.client("ssm", account)
    c.function(account, "called")
    ssm.create_document(Name="Flow-Calls", Content=CALLS, DocumentType="Automation", DocumentFormat="YAML")
    token = str(uuid.uuid4())
    request = {
        "DocumentName": "Flow-Calls",
        "DocumentVersion": "$LATEST",
        "Parameters": {"FunctionName": ["called"]},
        "ClientToken": token,
        "Mode": "Auto",
    }
    started = ssm.start_automation_execution(**request)["AutomationExecutionId"]
    same(ssm.start_automation_execution(**request)["AutomationExecutionId"], started, "the same request again")
    c.refused(
        "IdempotentParameterMismatch",
        ssm.start_automation_execution,
        **{**request, "Parameters": {"FunctionName": ["other"]}},
    )
    got = finish(c, ssm, started)
    same(
        (got["AutomationExecutionStatus"], got["Outputs"]),
        ("Success", {"Change.Status": ["InProgress"]}),
        got.get("FailureMessage"),
    )
    steps = {s["StepName"]: s["StepStatus"] for s in got["StepExecutions"]}
    same(
        steps,
        {
            "Change": "Success",
            "Done": "Success",
            "Sleep": "Success",
            "Choose": "Success",
            "Wrong": "Pending",
            "Right": "Success",
        },
    )
    same(c.client("lambda", account).get_function_configuration(FunctionName="called")["MemorySize"], 256)
    backwards = ssm.describe_automation_step_executions(AutomationExecutionId=started, ReverseOrder=True)[
        "StepExecutions"
    ]
    same([s["StepName"] for s in backwards][-1], "Change")
    one = ssm.describe_automation_step_executions(
        AutomationExecutionId=started, Filters=[{"Key": "StepName", "Values": ["Sleep"]}]
    )["StepExecutions"]
    same([s["StepName"] for s in one], ["Sleep"])


def flow_stop_and_list(c):
    account = c.members[FRIEND]
    ssm = c.client("ssm", account)
    c.function(account, "stopped")
    ssm.create_document(Name="Flow-Long", Content=CALLS, DocumentType="Automation", DocumentFormat="YAML")
    start = {"DocumentName": "Flow-Long", "Parameters": {"FunctionName": ["stopped"], "Wait": ["P1D"]}}
    running = ssm.start_automation_execution(**start)["AutomationExecutionId"]

    def current():
        return ssm.get_automation_execution(AutomationExecutionId=running)["AutomationExecution"].get("CurrentStepName")

    c.until("the sleeping step", lambda: current() == "Sleep")
    listed = ssm.describe_automation_executions(Filters=[{"Key": "ExecutionStatus", "Values": ["InProgress"]}])[
        "AutomationExecutionMetadataList"
    ]
    same([e["AutomationExecutionId"] for e in listed], [running])
    ssm.stop_automation_execution(AutomationExecutionId=running, Type="Cancel")
    same(finish(c, ssm, running)["AutomationExecutionStatus"], "Cancelled")
    c.refused("InvalidAutomationStatusUpdateException", ssm.stop_automation_execution, AutomationExecutionId=running)
    short = {**start, "Parameters": {"FunctionName": ["nobody"]}}
    for _ in range(3):
        same(
            finish(c, ssm, ssm.start_automation_execution(**short)["AutomationExecutionId"])[
                "AutomationExecutionStatus"
            ],
            "Failed",
        )
    pages = list(
        ssm.get_paginator("describe_automation_executions").paginate(
            Filters=[{"Key": "DocumentNamePrefix", "Values": ["Flow-Lo"]}], PaginationConfig={"PageSize": 3}
        )
    )
    same([len(p["AutomationExecutionMetadataList"]) for p in pages], [3, 1])
    same(pages[1]["AutomationExecutionMetadataList"][0]["AutomationExecutionId"], running, "the oldest is the last")
    c.refused(
        "AutomationExecutionNotFoundException", ssm.get_automation_execution, AutomationExecutionId=str(uuid.uuid4())
    )


def flow_refused_starts(c):
    account = c.members[FRIEND]
    ssm = c.client("ssm", account)
    ssm.create_document(Name="Flow-Refused", Content=SCRIPT, DocumentType="Automation", DocumentFormat="YAML")
    role = c.role(account, "FlowNotForSsm", "lambda.amazonaws.com")
    good = {"DocumentName": "Flow-Refused", "Parameters": {"AutomationAssumeRole": [role], "FunctionName": ["f"]}}

    def bad(code, **change):
        c.refused(code, ssm.start_automation_execution, status=400, **{**good, **change})

    parameters = "InvalidAutomationExecutionParametersException"
    bad(parameters)  # the role does not trust Systems Manager
    bad(parameters, Parameters={"AutomationAssumeRole": [role]})
    bad(parameters, Parameters={**good["Parameters"], "Unknown": ["x"]})
    bad(parameters, Parameters={**good["Parameters"], "FunctionName": ["a", "b"]})
    bad("AutomationDefinitionNotFoundException", DocumentName="Flow-Nowhere")
    bad("AutomationDefinitionVersionNotFoundException", DocumentVersion="7")
    bad("ValidationException", Parameters={"FunctionName": ["x" * 513]})
    bad("ValidationException", ClientToken="not-a-uuid".ljust(36, "x"))
