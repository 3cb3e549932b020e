"""CloudFormation StackSets in both permission models (reference sheet §5.1 to §5.4)."""

import uuid

from world import expect, same

FIRST, SECOND, THIRD = 14, 15, 16  # indexes of the accounts of the service-managed sets, and of the self-managed ones

TEMPLATE = """
Parameters: {Text: {Type: String, Default: one}, Name: {Type: String}}
Conditions:
  Fails: !Equals [!Ref Text, !Ref AWS::AccountId]
Resources:
  Runbook:
    Type: AWS::SSM::Document
    Properties:
      Name: !Ref Name
      DocumentType: Automation
      UpdateMethod: NewVersion
      Content:
        schemaVersion: "0.3"
        description: !Ref Text
        mainSteps:
          - name: Rest
            action: aws:executeScript
            inputs: {Runtime: !If [Fails, python3.8, python3.11], Handler: main, Script: "def main(e, c): pass"}
"""
ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
"""


# So many resources in so many places that an operation can be caught in the act.
BULK = "Parameters: {Name: {Type: String}}\nResources:\n" + "".join(
    f"""  D{i}: {{Type: AWS::SSM::Document, Properties: {{Name: !Sub "${{Name}}-{i}", DocumentType: Automation, Content: {{schemaVersion: "0.3", """
    """mainSteps: [{name: Rest, action: "aws:sleep", inputs: {Duration: PT1S}}]}}}\n"""
    for i in range(60)
)


def parameters(**values):
    return [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]


def finish(c, cfn, name, operation):
    def over():
        got = cfn.describe_stack_set_operation(StackSetName=name, OperationId=operation)["StackSetOperation"]
        return got["Status"] in ("SUCCEEDED", "FAILED", "STOPPED") and got

    return c.until(f"operation of {name}", over)


def instances(cfn, name, **more):
    pages = cfn.get_paginator("list_stack_instances").paginate(StackSetName=name, **more)
    return {
        (i["Account"], i["Region"]): (i["Status"], i["StackInstanceStatus"]["DetailedStatus"])
        for p in pages
        for i in p["Summaries"]
    }


def results(cfn, name, operation):
    pages = cfn.get_paginator("list_stack_set_operation_results").paginate(StackSetName=name, OperationId=operation)
    return {(r["Account"], r["Region"]): r["Status"] for p in pages for r in p["Summaries"]}


def description(c, account, region, document):
    return c.client("ssm", account, region).describe_document(Name=document)["Document"].get("Description")


def unit(c, name, *accounts):
    """A new OU below the root with these accounts."""
    org = c.client("organizations")
    made = org.create_organizational_unit(ParentId=org.list_roots()["Roots"][0]["Id"], Name=name)["OrganizationalUnit"][
        "Id"
    ]
    for a in accounts:
        org.move_account(
            AccountId=a, SourceParentId=org.list_parents(ChildId=a)["Parents"][0]["Id"], DestinationParentId=made
        )
    return made


CURRENT = ("CURRENT", "SUCCEEDED")


def flow_self_managed(c):
    cfn = c.client("cloudformation")
    accounts, regions = [c.members[FIRST], c.members[SECOND]], [c.home, c.away]
    made = cfn.create_stack_set(
        StackSetName="self",
        TemplateBody=TEMPLATE,
        Parameters=parameters(Name="Flow-Self"),
        Description="d",
        Tags=[{"Key": "team", "Value": "red"}],
    )["StackSetId"]
    expect(made.startswith("self:"), made)
    uuid.UUID(made.removeprefix("self:"))
    c.refused(
        "NameAlreadyExistsException",
        cfn.create_stack_set,
        status=409,
        StackSetName="self",
        TemplateBody=TEMPLATE,
        Parameters=parameters(Name="Flow-Self"),
    )
    got = cfn.describe_stack_set(StackSetName="self")["StackSet"]
    same(
        (got["Status"], got["PermissionModel"], got["ExecutionRoleName"]),
        ("ACTIVE", "SELF_MANAGED", "AWSCloudFormationStackSetExecutionRole"),
    )
    expect(got["AdministrationRoleARN"].endswith(":role/AWSCloudFormationStackSetAdministrationRole"), got)
    same(cfn.get_template_summary(StackSetName="self")["ResourceTypes"], ["AWS::SSM::Document"])

    create = {"StackSetName": "self", "Accounts": accounts, "Regions": regions, "OperationId": "make-1"}
    same(cfn.create_stack_instances(**create)["OperationId"], "make-1")
    same(finish(c, cfn, "self", "make-1")["Status"], "SUCCEEDED")
    same(cfn.create_stack_instances(**create)["OperationId"], "make-1", "the same request again")
    c.refused(
        "OperationIdAlreadyExistsException",
        cfn.create_stack_instances,
        status=409,
        **{**create, "Regions": regions[:1]},
    )
    every = {(a, r) for a in accounts for r in regions}
    same(instances(cfn, "self"), dict.fromkeys(every, CURRENT))
    for a, r in every:
        same(description(c, a, r, "Flow-Self"), "one")
    one = cfn.describe_stack_instance(
        StackSetName="self", StackInstanceAccount=accounts[0], StackInstanceRegion=c.home
    )["StackInstance"]
    expect(":stack/StackSet-self-" in one["StackId"], one["StackId"])
    theirs = c.client("cloudformation", accounts[0]).describe_stacks(StackName=one["StackId"])["Stacks"][0]
    same(theirs["StackStatus"], "CREATE_COMPLETE")
    expect({"Key": "team", "Value": "red"} in theirs["Tags"], theirs["Tags"])

    # An override reaches its instances only, and stays through an update of the set.
    op = cfn.update_stack_instances(
        StackSetName="self", Accounts=accounts[:1], Regions=[c.home], ParameterOverrides=parameters(Text="mine")
    )["OperationId"]
    finish(c, cfn, "self", op)
    same([description(c, a, c.home, "Flow-Self") for a in accounts], ["mine", "one"])
    op = cfn.update_stack_set(
        StackSetName="self",
        UsePreviousTemplate=True,
        Parameters=parameters(Name="Flow-Self", Text="two"),
        OperationPreferences={
            "RegionConcurrencyType": "PARALLEL",
            "MaxConcurrentPercentage": 100,
            "FailureTolerancePercentage": 50,
        },
    )["OperationId"]
    same(finish(c, cfn, "self", op)["Status"], "SUCCEEDED")
    same([description(c, a, c.home, "Flow-Self") for a in accounts], ["mine", "two"])
    one = cfn.describe_stack_instance(
        StackSetName="self", StackInstanceAccount=accounts[0], StackInstanceRegion=c.home
    )["StackInstance"]
    same([(p["ParameterKey"], p["ParameterValue"]) for p in one["ParameterOverrides"]], [("Text", "mine")])
    actions = [
        o["Action"]
        for p in cfn.get_paginator("list_stack_set_operations").paginate(StackSetName="self")
        for o in p["Summaries"]
    ]
    same(actions, ["UPDATE", "UPDATE", "CREATE"], "newest first")

    c.refused("StackSetNotEmptyException", cfn.delete_stack_set, status=409, StackSetName="self")
    c.refused(
        "StackInstanceNotFoundException",
        cfn.describe_stack_instance,
        status=404,
        StackSetName="self",
        StackInstanceAccount=c.members[0],
        StackInstanceRegion=c.home,
    )
    c.refused(
        "OperationNotFoundException",
        cfn.describe_stack_set_operation,
        status=404,
        StackSetName="self",
        OperationId="none",
    )
    op = cfn.delete_stack_instances(StackSetName="self", Accounts=accounts, Regions=regions, RetainStacks=False)[
        "OperationId"
    ]
    finish(c, cfn, "self", op)
    same(instances(cfn, "self"), {})
    c.refused("InvalidDocument", c.client("ssm", accounts[0]).describe_document, Name="Flow-Self")
    cfn.delete_stack_set(StackSetName="self")
    same(
        [
            s["StackSetName"]
            for p in cfn.get_paginator("list_stack_sets").paginate(Status="ACTIVE")
            for s in p["Summaries"]
        ].count("self"),
        0,
    )
    c.refused("StackSetNotFoundException", cfn.describe_stack_set, status=404, StackSetName="self")
    c.refused("StackSetNotFoundException", cfn.create_stack_instances, status=404, **create)


def flow_failures_and_tolerance(c):
    """By default an operation goes one account at a time and stops at the first failure; what is tolerated is counted."""
    cfn = c.client("cloudformation")
    accounts = sorted([c.members[FIRST], c.members[SECOND], c.members[THIRD]])
    cfn.create_stack_set(
        StackSetName="failing", TemplateBody=TEMPLATE, Parameters=parameters(Name="Flow-Failing", Text=accounts[0])
    )
    op = cfn.create_stack_instances(
        StackSetName="failing",
        Accounts=accounts,
        Regions=[c.home, c.away],
        OperationPreferences={"RegionOrder": [c.home, c.away]},
    )["OperationId"]
    got = finish(c, cfn, "failing", op)
    same((got["Status"], got["StatusDetails"]["FailedStackInstancesCount"]), ("FAILED", 1))
    found = results(cfn, "failing", op)
    same(
        (found[accounts[0], c.home], found[accounts[0], c.away], found[accounts[2], c.home]),
        ("FAILED", "CANCELLED", "CANCELLED"),
    )
    at = {"StackInstanceAccount": accounts[0], "StackInstanceRegion": c.home}
    failed = cfn.list_stack_instances(StackSetName="failing", **at)["Summaries"]
    same((failed[0]["Status"], failed[0]["StackInstanceStatus"]["DetailedStatus"]), ("OUTDATED", "FAILED"))
    expect(failed[0]["StatusReason"], failed)
    op = cfn.update_stack_instances(
        StackSetName="failing",
        Accounts=accounts,
        Regions=[c.home, c.away],
        OperationPreferences={
            "FailureToleranceCount": 1,
            "MaxConcurrentCount": 3,
            "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
        },
    )["OperationId"]
    got = finish(c, cfn, "failing", op)
    same(
        (got["Status"], got["StatusDetails"]["FailedStackInstancesCount"]),
        ("SUCCEEDED", 2),
        "with a tolerance of one account a Region",
    )
    op = cfn.update_stack_set(
        StackSetName="failing", UsePreviousTemplate=True, Parameters=parameters(Name="Flow-Failing")
    )["OperationId"]
    same(finish(c, cfn, "failing", op)["Status"], "SUCCEEDED")
    same(set(instances(cfn, "failing").values()), {CURRENT})
    missing = c.client("iam", accounts[2])
    missing.detach_role_policy(
        RoleName="AWSCloudFormationStackSetExecutionRole", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    op = cfn.update_stack_set(
        StackSetName="failing",
        UsePreviousTemplate=True,
        Parameters=parameters(Name="Flow-Failing", Text="three"),
        OperationPreferences={"FailureToleranceCount": 1},
    )["OperationId"]
    finish(c, cfn, "failing", op)
    same(
        {k[0] for k, v in results(cfn, "failing", op).items() if v == "FAILED"},
        {accounts[2]},
        "accounts that let nothing be done",
    )
    missing.attach_role_policy(
        RoleName="AWSCloudFormationStackSetExecutionRole", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    # Preferences that exclude each other.
    for preferences in (
        {"FailureToleranceCount": 1, "FailureTolerancePercentage": 1},
        {"MaxConcurrentCount": 1, "MaxConcurrentPercentage": 1},
    ):
        c.refused(
            "ValidationError",
            cfn.update_stack_instances,
            StackSetName="failing",
            Accounts=accounts,
            Regions=[c.home],
            OperationPreferences=preferences,
        )
    finish(
        c,
        cfn,
        "failing",
        cfn.delete_stack_instances(
            StackSetName="failing", Accounts=accounts, Regions=[c.home, c.away], RetainStacks=True
        )["OperationId"],
    )
    same(description(c, accounts[1], c.home, "Flow-Failing"), "three", "a retained stack")
    cfn.delete_stack_set(StackSetName="failing")


def flow_stop(c):
    cfn = c.client("cloudformation")
    at = {"StackSetName": "stopping", "Accounts": c.members, "Regions": [c.home, c.away]}
    cfn.create_stack_set(StackSetName="stopping", TemplateBody=BULK, Parameters=parameters(Name="Flow-Stopping"))
    op = cfn.create_stack_instances(**at)["OperationId"]
    cfn.stop_stack_set_operation(StackSetName="stopping", OperationId=op)
    same(finish(c, cfn, "stopping", op)["Status"], "STOPPED")
    expect("CANCELLED" in results(cfn, "stopping", op).values(), "nothing was left when it was stopped")
    rest = {"MaxConcurrentPercentage": 100, "FailureTolerancePercentage": 100}
    done = finish(
        c,
        cfn,
        "stopping",
        cfn.delete_stack_instances(**at, RetainStacks=False, OperationPreferences=rest)["OperationId"],
    )
    c.refused(
        "InvalidOperationException",
        cfn.stop_stack_set_operation,
        status=400,
        StackSetName="stopping",
        OperationId=done["OperationId"],
    )
    cfn.delete_stack_set(StackSetName="stopping")


def flow_service_managed(c):
    cfn, org = c.client("cloudformation"), c.client("organizations")
    one, two, late = c.members[FIRST], c.members[SECOND], c.members[THIRD]
    ou = unit(c, "Stacked", one, two, *c.suspended[:1])
    auto = {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    base = {
        "StackSetName": "served",
        "TemplateBody": TEMPLATE,
        "Parameters": parameters(Name="Flow-Served"),
        "PermissionModel": "SERVICE_MANAGED",
    }
    same(cfn.describe_organizations_access()["Status"], "ENABLED")
    c.refused("ValidationError", cfn.create_stack_set, **base)  # without AutoDeployment
    c.refused("ValidationError", c.client("cloudformation", one).create_stack_set, **base, AutoDeployment=auto)
    c.refused("ValidationError", cfn.create_stack_set, **base, AutoDeployment=auto, ExecutionRoleName="Mine")
    c.refused(
        "InsufficientCapabilitiesException",
        cfn.create_stack_set,
        status=400,
        **{**base, "TemplateBody": ROLE, "Parameters": []},
        AutoDeployment=auto,
    )
    cfn.create_stack_set(**base, AutoDeployment=auto, CallAs="SELF")

    def create(**targets):
        return cfn.create_stack_instances(StackSetName="served", Regions=[c.home], DeploymentTargets=targets)

    c.refused(
        "ValidationError", create, text="UNION", OrganizationalUnitIds=[ou], Accounts=[late], AccountFilterType="UNION"
    )
    c.refused("ValidationError", create, Accounts=[one])
    c.refused("ValidationError", create, OrganizationalUnitIds=["ou-none-00000000"])
    c.refused("ValidationError", cfn.create_stack_instances, StackSetName="served", Regions=[c.home], Accounts=[one])
    c.refused(
        "ValidationError",
        cfn.create_stack_instances,
        StackSetName="served",
        Regions=["eu-nowhere-1"],
        DeploymentTargets={"OrganizationalUnitIds": [ou]},
    )
    finish(
        c,
        cfn,
        "served",
        create(OrganizationalUnitIds=[ou], Accounts=[one], AccountFilterType="INTERSECTION")["OperationId"],
    )
    same(instances(cfn, "served"), {(one, c.home): CURRENT})
    op = cfn.create_stack_instances(
        StackSetName="served",
        Regions=[c.home, c.away],
        DeploymentTargets={"OrganizationalUnitIds": [ou]},
        OperationPreferences={"RegionConcurrencyType": "PARALLEL"},
    )["OperationId"]
    same(finish(c, cfn, "served", op)["Status"], "SUCCEEDED")
    want = {(a, r): CURRENT for a in (one, two) for r in (c.home, c.away)}
    found = instances(cfn, "served")
    same({k: v for k, v in found.items() if k[0] not in c.suspended}, want)
    same({v[1] for k, v in found.items() if k[0] in c.suspended}, {"SKIPPED_SUSPENDED_ACCOUNT"})
    targets = cfn.list_stack_set_auto_deployment_targets(StackSetName="served")["Summaries"]
    same([(t["OrganizationalUnitId"], sorted(t["Regions"])) for t in targets], [(ou, sorted([c.home, c.away]))])
    same(cfn.describe_stack_set(StackSetName="served")["StackSet"]["OrganizationalUnitIds"], [ou])
    filtered = instances(cfn, "served", Filters=[{"Name": "DETAILED_STATUS", "Values": "SUCCEEDED"}])
    same(filtered, want)
    c.refused(
        "ValidationError",
        cfn.update_stack_set,
        StackSetName="served",
        UsePreviousTemplate=True,
        Parameters=base["Parameters"],
        AutoDeployment=auto,
        Regions=[c.home],
        DeploymentTargets={"OrganizationalUnitIds": [ou]},
    )

    # An account that joins the OU gets the stacks, one that leaves loses them.
    root = org.list_parents(ChildId=late)["Parents"][0]["Id"]
    org.move_account(AccountId=late, SourceParentId=root, DestinationParentId=ou)
    c.until(
        "the newcomer's stacks",
        lambda: [v for k, v in instances(cfn, "served").items() if k[0] == late] == [CURRENT, CURRENT],
    )
    same(description(c, late, c.away, "Flow-Served"), "one")
    org.move_account(AccountId=late, SourceParentId=ou, DestinationParentId=root)
    c.until("the leaver's stacks to go", lambda: not [k for k in instances(cfn, "served") if k[0] == late])

    c.until(
        "nothing to run",
        lambda: all(
            o["Status"] == "SUCCEEDED" for o in cfn.list_stack_set_operations(StackSetName="served")["Summaries"]
        ),
    )
    op = cfn.delete_stack_instances(
        StackSetName="served",
        Regions=[c.home, c.away],
        DeploymentTargets={"OrganizationalUnitIds": [ou], "Accounts": [two], "AccountFilterType": "DIFFERENCE"},
        RetainStacks=False,
    )["OperationId"]
    finish(c, cfn, "served", op)
    same({k for k in instances(cfn, "served") if k[0] not in c.suspended}, {(two, c.home), (two, c.away)})
    op = cfn.delete_stack_instances(
        StackSetName="served",
        Regions=[c.home, c.away],
        DeploymentTargets={"OrganizationalUnitIds": [ou]},
        RetainStacks=False,
    )["OperationId"]
    finish(c, cfn, "served", op)
    left = instances(cfn, "served")
    if left:  # a suspended account's instances go only with their stacks retained
        same({k[0] for k in left}, set(c.suspended[:1]))
        finish(
            c,
            cfn,
            "served",
            cfn.delete_stack_instances(
                StackSetName="served",
                Regions=[c.home, c.away],
                DeploymentTargets={"OrganizationalUnitIds": [ou]},
                RetainStacks=True,
            )["OperationId"],
        )
    cfn.delete_stack_set(StackSetName="served")


def flow_management_account(c):
    """A service-managed set never deploys into the management account; a self-managed one does."""
    cfn, org = c.client("cloudformation"), c.client("organizations")
    root = org.list_roots()["Roots"][0]["Id"]
    cfn.create_stack_set(
        StackSetName="rooted",
        TemplateBody=TEMPLATE,
        Parameters=parameters(Name="Flow-Rooted"),
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False},
    )
    create = {
        "StackSetName": "rooted",
        "Regions": [c.home],
        "DeploymentTargets": {
            "OrganizationalUnitIds": [root],
            "Accounts": [c.management, c.members[0]],
            "AccountFilterType": "INTERSECTION",
        },
    }
    finish(c, cfn, "rooted", cfn.create_stack_instances(**create)["OperationId"])
    same(set(instances(cfn, "rooted")), {(c.members[0], c.home)})
    finish(c, cfn, "rooted", cfn.delete_stack_instances(**create, RetainStacks=False)["OperationId"])
    cfn.delete_stack_set(StackSetName="rooted")
    own = {"StackSetName": "own", "Accounts": [c.management], "Regions": [c.home]}
    cfn.create_stack_set(StackSetName="own", TemplateBody=TEMPLATE, Parameters=parameters(Name="Flow-Own"))
    same(finish(c, cfn, "own", cfn.create_stack_instances(**own)["OperationId"])["Status"], "SUCCEEDED")
    finish(c, cfn, "own", cfn.delete_stack_instances(**own, RetainStacks=False)["OperationId"])
    cfn.delete_stack_set(StackSetName="own")


def flow_one_at_a_time(c):
    """While an operation runs another is refused; with managed execution it waits for its turn instead."""
    cfn = c.client("cloudformation")
    at = {"StackSetName": "single", "Accounts": c.members, "Regions": [c.home, c.away]}
    values = parameters(Name="Flow-Single")
    cfn.create_stack_set(StackSetName="single", TemplateBody=BULK, Parameters=values)
    running = cfn.create_stack_instances(**at)["OperationId"]
    progress = "OperationInProgressException"
    c.refused(progress, cfn.create_stack_instances, status=409, **at)
    c.refused(
        progress, cfn.update_stack_set, status=409, StackSetName="single", UsePreviousTemplate=True, Parameters=values
    )
    c.refused(progress, cfn.delete_stack_set, status=409, StackSetName="single")
    same(
        cfn.describe_stack_set_operation(StackSetName="single", OperationId=running)["StackSetOperation"]["Status"],
        "RUNNING",
    )
    finish(c, cfn, "single", running)

    finish(c, cfn, "single", cfn.delete_stack_instances(**at, RetainStacks=False)["OperationId"])
    finish(
        c,
        cfn,
        "single",
        cfn.update_stack_set(
            StackSetName="single", UsePreviousTemplate=True, Parameters=values, ManagedExecution={"Active": True}
        )["OperationId"],
    )
    first = cfn.create_stack_instances(**at)["OperationId"]
    second = cfn.delete_stack_instances(**at, RetainStacks=False)["OperationId"]
    third = cfn.create_stack_instances(**at)["OperationId"]
    waiting = [
        cfn.describe_stack_set_operation(StackSetName="single", OperationId=op)["StackSetOperation"]["Status"]
        for op in (third, second)
    ]
    expect("QUEUED" in waiting, waiting)
    cfn.stop_stack_set_operation(StackSetName="single", OperationId=third)
    same(
        [finish(c, cfn, "single", op)["Status"] for op in (first, second, third)], ["SUCCEEDED", "SUCCEEDED", "STOPPED"]
    )
    finish(c, cfn, "single", cfn.delete_stack_instances(**at, RetainStacks=True)["OperationId"])
    cfn.delete_stack_set(StackSetName="single")


def flow_trusted_access(c):
    cfn = c.client("cloudformation")
    auto = {
        "StackSetName": "trusted",
        "TemplateBody": TEMPLATE,
        "Parameters": parameters(Name="Flow-Trusted"),
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": False},
    }
    cfn.deactivate_organizations_access()
    same(cfn.describe_organizations_access()["Status"], "DISABLED")
    c.refused("ValidationError", cfn.create_stack_set, text="organizations access", **auto)
    cfn.activate_organizations_access()
    same(cfn.describe_organizations_access()["Status"], "ENABLED")
    cfn.create_stack_set(**auto)
    cfn.delete_stack_set(StackSetName="trusted")
