"""CloudFormation stacks and change sets (reference sheet §5.6 and the statuses of the API)."""

import json

from world import allow, expect, policy, same

A = 13  # index of the account that these flows use

DOCUMENT = """
AWSTemplateFormatVersion: "2010-09-09"
Description: a runbook
Parameters:
  Name: {Type: String, AllowedPattern: "^Flow-[A-Za-z]+$", ConstraintDescription: Flow- and letters}
  Text: {Type: String, Default: one}
  Extra: {Type: String, Default: "no", AllowedValues: ["yes", "no"]}
Conditions:
  More: !Equals [!Ref Extra, "yes"]
Resources:
  Runbook:
    Type: AWS::SSM::Document
    Properties:
      Name: !Ref Name
      DocumentType: Automation
      UpdateMethod: NewVersion
      Content:
        schemaVersion: "0.3"
        description: !Sub "${Text} in ${AWS::Region} of ${AWS::AccountId}"
        mainSteps: [{name: Rest, action: "aws:sleep", inputs: {Duration: PT1S}}]
  Second:
    Type: AWS::SSM::Document
    Condition: More
    DependsOn: Runbook
    Properties:
      Name: !Join ["", [!Ref Name, Two]]
      DocumentType: Automation
      Content:
        schemaVersion: "0.3"
        mainSteps: [{name: Rest, action: "aws:sleep", inputs: {Duration: PT2S}}]
Outputs:
  Document: {Value: !Ref Runbook, Description: its name}
"""

ROLE = """
Parameters: {RoleName: {Type: String, Default: ""}}
Conditions: {Named: !Not [!Equals [!Ref RoleName, ""]]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: p, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "lambda:Get*", Resource: "*"}]}}]
Outputs: {Arn: {Value: !GetAtt Role.Arn}}
"""

# Its rule needs a recorder; the other half of the template is made before it, and has to go again.
BROKEN = """
Resources:
  Runbook:
    Type: AWS::SSM::Document
    Properties: {Name: Flow-Rolled, DocumentType: Automation, Content: {schemaVersion: "0.3", mainSteps: [{name: Rest, action: "aws:sleep", inputs: {Duration: PT1S}}]}}
  Bad:
    Type: AWS::SSM::Document
    DependsOn: Runbook
    Properties: {Name: Flow-Bad, DocumentType: Automation, Content: {schemaVersion: "0.3", mainSteps: [{name: Rest, action: "aws:executeScript", inputs: {Runtime: python3.8, Handler: f, Script: "x = 1"}}]}}
"""


def parameters(**values):
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]


def fast(c, cfn, waiter, stack):
    cfn.get_waiter(waiter).wait(StackName=stack, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500})


def status(cfn, stack):
    return cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def flow_life(c):
    account = c.members[A]
    cfn, ssm = c.client("cloudformation", account), c.client("ssm", account)
    same(
        {p["ParameterKey"] for p in cfn.validate_template(TemplateBody=DOCUMENT)["Parameters"]},
        {"Extra", "Name", "Text"},
    )
    summary = cfn.get_template_summary(TemplateBody=DOCUMENT)
    same((set(summary["ResourceTypes"]), summary["Description"]), ({"AWS::SSM::Document"}, "a runbook"))
    made = cfn.create_stack(
        StackName="life",
        TemplateBody=DOCUMENT,
        Parameters=parameters(Name="Flow-Life"),
        Tags=[{"Key": "team", "Value": "red"}],
    )["StackId"]
    expect(made.startswith(f"arn:aws:cloudformation:{c.home}:{account}:stack/life/"), made)
    c.refused(
        "AlreadyExistsException",
        cfn.create_stack,
        status=400,
        text="Stack [life] already exists",
        StackName="life",
        TemplateBody=DOCUMENT,
        Parameters=parameters(Name="Flow-Life"),
    )
    fast(c, cfn, "stack_create_complete", "life")
    stack = cfn.describe_stacks(StackName=made)["Stacks"][0]
    same(
        (stack["StackStatus"], stack["Outputs"][0]["OutputValue"], stack["Tags"]),
        ("CREATE_COMPLETE", "Flow-Life", [{"Key": "team", "Value": "red"}]),
    )
    same(json.loads(ssm.get_document(Name="Flow-Life")["Content"])["description"], f"one in {c.home} of {account}")
    same(
        [
            (r["LogicalResourceId"], r["PhysicalResourceId"])
            for r in cfn.list_stack_resources(StackName="life")["StackResourceSummaries"]
        ],
        [("Runbook", "Flow-Life")],
    )
    same(
        cfn.describe_stack_resource(StackName="life", LogicalResourceId="Runbook")["StackResourceDetail"][
            "ResourceStatus"
        ],
        "CREATE_COMPLETE",
    )
    same(cfn.describe_stack_resources(PhysicalResourceId="Flow-Life")["StackResources"][0]["StackName"], "life")
    same(cfn.get_template(StackName="life")["TemplateBody"], DOCUMENT)
    events = [
        e for p in cfn.get_paginator("describe_stack_events").paginate(StackName="life") for e in p["StackEvents"]
    ]
    same(
        (events[-1]["ResourceStatus"], events[0]["ResourceStatus"], events[0]["LogicalResourceId"]),
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE", "life"),
        "newest first",
    )

    c.refused(
        "ValidationError",
        cfn.update_stack,
        status=400,
        text="No updates are to be performed.",
        StackName="life",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}],
    )
    keep = {"ParameterKey": "Name", "UsePreviousValue": True}
    cfn.update_stack(
        StackName="life", UsePreviousTemplate=True, Parameters=[keep, *parameters(Text="two", Extra="yes")]
    )
    fast(c, cfn, "stack_update_complete", "life")
    same(
        json.loads(ssm.get_document(Name="Flow-Life")["Content"])["description"],
        f"two in {c.home} of {account}",
        "UpdateMethod NewVersion moves the default version",
    )
    same(ssm.describe_document(Name="Flow-Life")["Document"]["LatestVersion"], "2")
    same(ssm.describe_document(Name="Flow-LifeTwo")["Document"]["Status"], "Active")
    cfn.update_stack(StackName="life", UsePreviousTemplate=True, Parameters=[keep, *parameters(Text="two", Extra="no")])
    fast(c, cfn, "stack_update_complete", "life")
    c.refused("InvalidDocument", ssm.describe_document, Name="Flow-LifeTwo")

    cfn.update_termination_protection(StackName="life", EnableTerminationProtection=True)
    c.refused("ValidationError", cfn.delete_stack, text="TerminationProtection is enabled", StackName="life")
    cfn.update_termination_protection(StackName="life", EnableTerminationProtection=False)
    cfn.delete_stack(StackName="life")
    fast(c, cfn, "stack_delete_complete", made)
    c.refused(
        "ValidationError", cfn.describe_stacks, status=400, text="Stack with id life does not exist", StackName="life"
    )
    same(status(cfn, made), "DELETE_COMPLETE", "by its id a deleted stack is still there")
    expect(
        made in [s["StackId"] for s in cfn.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]],
        "list of deleted stacks",
    )
    cfn.delete_stack(StackName="life")  # no error
    c.refused("InvalidDocument", ssm.describe_document, Name="Flow-Life")


def flow_capabilities(c):
    account = c.members[A]
    cfn = c.client("cloudformation", account)
    named = ROLE.replace(
        "    Properties:\n", "    Properties:\n      RoleName: !If [Named, !Ref RoleName, !Ref AWS::NoValue]\n", 1
    )
    e = c.refused(
        "InsufficientCapabilitiesException", cfn.create_stack, status=400, StackName="role", TemplateBody=ROLE
    )
    same(c.message(e), "Requires capabilities : [CAPABILITY_IAM]")
    e = c.refused(
        "InsufficientCapabilitiesException",
        cfn.create_stack,
        StackName="role",
        TemplateBody=named,
        Capabilities=["CAPABILITY_IAM"],
    )
    same(c.message(e), "Requires capabilities : [CAPABILITY_NAMED_IAM]")
    same(cfn.validate_template(TemplateBody=ROLE)["Capabilities"], ["CAPABILITY_IAM"])
    cfn.create_stack(
        StackName="role",
        TemplateBody=named,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=parameters(RoleName="FlowStacked"),
    )
    fast(c, cfn, "stack_create_complete", "role")
    arn = cfn.describe_stacks(StackName="role")["Stacks"][0]["Outputs"][0]["OutputValue"]
    same(arn, c.role_arn(account, "FlowStacked"))
    same(c.client("iam", account).list_role_policies(RoleName="FlowStacked")["PolicyNames"], ["p"])
    cfn.delete_stack(StackName="role")
    c.until("the deletion", lambda: not [s for s in cfn.describe_stacks()["Stacks"] if s["StackName"] == "role"])
    c.refused("NoSuchEntity", c.client("iam", account).get_role, RoleName="FlowStacked")


def flow_refused_templates(c):
    cfn = c.client("cloudformation", c.members[A])
    one = DOCUMENT.replace("AWS::SSM::Document", "AWS::S3::Bucket", 1)

    def bad(text, body=DOCUMENT, code="ValidationError", **values):
        c.refused(
            code,
            cfn.create_stack,
            status=400,
            text=text,
            StackName="refused",
            TemplateBody=body,
            Parameters=parameters(**values),
        )

    bad("Flow- and letters", Name="other")
    bad("Parameters: [Name] must have values")
    bad("Unknown", Name="Flow-X", Unknown="x")
    bad("", Name="Flow-X", Extra="perhaps")
    bad("Missing", DOCUMENT.replace("!Ref Name", "!Ref Missing", 1), Name="Flow-X")
    bad("", "Resources: [")
    bad("", "{}")
    bad("", DOCUMENT + "#" * 51200, Name="Flow-X")
    bad("AWS::S3::Bucket", one, code="SandboxUnsupported", Name="Flow-X")
    c.refused(
        "ValidationError",
        cfn.create_stack,
        StackName="1-bad",
        TemplateBody=DOCUMENT,
        Parameters=parameters(Name="Flow-X"),
    )
    c.refused(
        "ValidationError",
        cfn.update_stack,
        text="does not exist",
        StackName="refused",
        TemplateBody=DOCUMENT,
        Parameters=parameters(Name="Flow-X"),
    )
    c.refused("ValidationError", cfn.get_template, text="does not exist", StackName="refused")


def flow_rollback(c):
    account = c.members[A]
    cfn, ssm = c.client("cloudformation", account), c.client("ssm", account)
    cfn.create_stack(StackName="broken", TemplateBody=BROKEN)
    c.until("the rollback", lambda: status(cfn, "broken") == "ROLLBACK_COMPLETE")
    failed = [
        e
        for e in cfn.describe_stack_events(StackName="broken")["StackEvents"]
        if e["ResourceStatus"] == "CREATE_FAILED"
    ]
    expect(
        failed and failed[0]["LogicalResourceId"] == "Bad" and "python3.8" in failed[0]["ResourceStatusReason"], failed
    )
    c.refused("InvalidDocument", ssm.describe_document, Name="Flow-Rolled")
    c.refused(
        "ValidationError",
        cfn.update_stack,
        text="ROLLBACK_COMPLETE state and can not be updated",
        StackName="broken",
        TemplateBody=DOCUMENT,
        Parameters=parameters(Name="Flow-X"),
    )
    cfn.create_stack(StackName="kept", TemplateBody=BROKEN, OnFailure="DO_NOTHING")
    c.until("the failure", lambda: status(cfn, "kept") == "CREATE_FAILED")
    same(ssm.describe_document(Name="Flow-Rolled")["Document"]["Status"], "Active", "what was made stays")
    cfn.create_stack(StackName="clash", TemplateBody=BROKEN, OnFailure="DELETE")
    c.until(
        "the stack that deletes itself",
        lambda: not [s for s in cfn.describe_stacks()["Stacks"] if s["StackName"] == "clash"],
    )
    same(ssm.describe_document(Name="Flow-Rolled")["Document"]["Status"], "Active", "a stack takes away only its own")
    for stack in ("broken", "kept"):
        cfn.delete_stack(StackName=stack)
    c.until("the deletions", lambda: not cfn.describe_stacks()["Stacks"])


def flow_change_sets(c):
    account = c.members[A]
    cfn = c.client("cloudformation", account)
    change = {"StackName": "changed", "TemplateBody": DOCUMENT}

    def ready(name):
        def check():
            got = cfn.describe_change_set(StackName="changed", ChangeSetName=name)
            return got["Status"] in ("CREATE_COMPLETE", "FAILED") and got

        return c.until(f"change set {name}", check)

    cfn.create_change_set(
        **change,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        Parameters=parameters(Name="Flow-Changed"),
        Description="d",
    )
    same(status(cfn, "changed"), "REVIEW_IN_PROGRESS")
    got = ready("first")
    same(
        [(x["ResourceChange"]["Action"], x["ResourceChange"]["LogicalResourceId"]) for x in got["Changes"]],
        [("Add", "Runbook")],
    )
    cfn.execute_change_set(StackName="changed", ChangeSetName="first")
    fast(c, cfn, "stack_create_complete", "changed")
    cfn.create_change_set(
        **change, ChangeSetName="second", Parameters=parameters(Name="Flow-Changed", Text="two", Extra="yes")
    )
    got = ready("second")
    same(
        sorted((x["ResourceChange"]["Action"], x["ResourceChange"]["LogicalResourceId"]) for x in got["Changes"]),
        [("Add", "Second"), ("Modify", "Runbook")],
    )
    cfn.create_change_set(**change, ChangeSetName="nothing", Parameters=parameters(Name="Flow-Changed"))
    got = ready("nothing")
    same(got["Status"], "FAILED")
    expect("didn't contain changes" in got["StatusReason"], got["StatusReason"])
    executable = [
        s["ChangeSetName"]
        for s in cfn.list_change_sets(StackName="changed")["Summaries"]
        if s["ExecutionStatus"] == "AVAILABLE"
    ]
    same(executable, ["second"])
    cfn.delete_change_set(StackName="changed", ChangeSetName="nothing")
    c.refused("ChangeSetNotFound", cfn.describe_change_set, status=404, StackName="changed", ChangeSetName="nothing")
    cfn.execute_change_set(StackName="changed", ChangeSetName="second")
    fast(c, cfn, "stack_update_complete", "changed")
    cfn.delete_stack(StackName="changed")
    fast(c, cfn, "stack_delete_complete", "changed")


def flow_service_role(c):
    """A stack acts with its role's permissions, or with its caller's: what is missing shows in the events."""
    account = c.members[A]
    cfn = c.client("cloudformation", account)
    role = c.role(account, "FlowProvision", "cloudformation.amazonaws.com", allow("ssm:GetDocument"))
    cfn.create_stack(StackName="poor", TemplateBody=DOCUMENT, Parameters=parameters(Name="Flow-Poor"), RoleARN=role)
    c.until("the rollback", lambda: status(cfn, "poor") == "ROLLBACK_COMPLETE")
    reasons = [e.get("ResourceStatusReason", "") for e in cfn.describe_stack_events(StackName="poor")["StackEvents"]]
    expect(any("ssm:CreateDocument" in r and "FlowProvision" in r for r in reasons), reasons)
    c.client("iam", account).put_role_policy(
        RoleName="FlowProvision", PolicyName="inline", PolicyDocument=policy(allow("ssm:*"))
    )
    cfn.delete_stack(StackName="poor")
    c.until("the deletion", lambda: not [s for s in cfn.describe_stacks()["Stacks"] if s["StackName"] == "poor"])
    cfn.create_stack(StackName="rich", TemplateBody=DOCUMENT, Parameters=parameters(Name="Flow-Rich"), RoleARN=role)
    fast(c, cfn, "stack_create_complete", "rich")
    cfn.delete_stack(StackName="rich")
    fast(c, cfn, "stack_delete_complete", "rich")
