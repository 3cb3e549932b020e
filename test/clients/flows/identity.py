"""IAM roles and policies, STS sessions, and what their decisions look like on the wire (reference sheet §1.3, §6.2, §6.3)."""

import json

from world import allow, deny, expect, policy, same

A = 3  # index of the account that these flows use
TRUST_LAMBDA = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
AWS_READ = "arn:aws:iam::aws:policy/AdministratorAccess"


def trust(principal, **more):
    return policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more})


def flow_roles(c):
    account = c.members[A]
    iam = c.client("iam", account)
    made = iam.create_role(
        RoleName="Worker",
        Path="/team/",
        AssumeRolePolicyDocument=TRUST_LAMBDA,
        Description="works",
        MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "1"}],
    )["Role"]
    same(made["Arn"], f"arn:aws:iam::{account}:role/team/Worker")
    expect(made["RoleId"].startswith("AROA"), made["RoleId"])
    same(made["AssumeRolePolicyDocument"], json.loads(TRUST_LAMBDA), "trust policy, decoded by botocore")
    c.refused(
        "EntityAlreadyExists", iam.create_role, status=409, RoleName="worker", AssumeRolePolicyDocument=TRUST_LAMBDA
    )
    c.refused(
        "NoSuchEntity", iam.get_role, status=404, text="The role with name Nobody cannot be found.", RoleName="Nobody"
    )
    c.refused("MalformedPolicyDocument", iam.create_role, status=400, RoleName="Bad", AssumeRolePolicyDocument="{")
    c.refused(
        "ValidationError", iam.create_role, status=400, RoleName="not valid!", AssumeRolePolicyDocument=TRUST_LAMBDA
    )
    iam.update_role(RoleName="Worker", Description="rests", MaxSessionDuration=3600)
    got = iam.get_role(RoleName="Worker")["Role"]
    same((got["Description"], got["MaxSessionDuration"]), ("rests", 3600))
    iam.update_assume_role_policy(RoleName="Worker", PolicyDocument=trust(f"arn:aws:iam::{account}:root"))
    same(
        iam.get_role(RoleName="Worker")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"],
        f"arn:aws:iam::{account}:root",
    )
    iam.tag_role(RoleName="Worker", Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName="Worker", TagKeys=["a"])
    same(iam.list_role_tags(RoleName="Worker")["Tags"], [{"Key": "b", "Value": "2"}])
    same([r["RoleName"] for r in iam.list_roles(PathPrefix="/team/")["Roles"]], ["Worker"])
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}))
    expect(len(pages) > 2 and all(len(p["Roles"]) <= 1 for p in pages), "pages of roles:", len(pages))
    iam.delete_role(RoleName="Worker")
    c.refused("NoSuchEntity", iam.delete_role, status=404, RoleName="Worker")


def flow_policies(c):
    account = c.members[A]
    iam = c.client("iam", account)
    iam.create_role(RoleName="Holder", AssumeRolePolicyDocument=TRUST_LAMBDA)
    iam.put_role_policy(RoleName="Holder", PolicyName="inline", PolicyDocument=policy(allow("lambda:ListFunctions")))
    same(iam.list_role_policies(RoleName="Holder")["PolicyNames"], ["inline"])
    same(
        iam.get_role_policy(RoleName="Holder", PolicyName="inline")["PolicyDocument"]["Statement"][0]["Action"],
        "lambda:ListFunctions",
    )
    c.refused("NoSuchEntity", iam.get_role_policy, status=404, RoleName="Holder", PolicyName="none")
    c.refused(
        "MalformedPolicyDocument",
        iam.put_role_policy,
        RoleName="Holder",
        PolicyName="bad",
        PolicyDocument='{"Version":"2012-10-17"}',
    )
    made = iam.create_policy(
        PolicyName="Reading",
        PolicyDocument=policy(allow("lambda:Get*")),
        Description="reads",
        Tags=[{"Key": "a", "Value": "1"}],
    )["Policy"]
    arn = made["Arn"]
    same((arn, made["DefaultVersionId"], made["AttachmentCount"]), (f"arn:aws:iam::{account}:policy/Reading", "v1", 0))
    c.refused("EntityAlreadyExists", iam.create_policy, PolicyName="Reading", PolicyDocument=policy(allow("*")))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("lambda:List*")), SetAsDefault=True)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(allow("s3:*")))
    c.refused(
        "LimitExceeded", iam.create_policy_version, status=409, PolicyArn=arn, PolicyDocument=policy(allow("s3:*"))
    )
    same(len(iam.list_policy_versions(PolicyArn=arn)["Versions"]), 5)
    same(iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v2")
    same(
        iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]["Statement"][0]["Action"],
        "lambda:List*",
    )
    c.refused("DeleteConflict", iam.delete_policy_version, status=409, PolicyArn=arn, VersionId="v2")
    iam.attach_role_policy(RoleName="Holder", PolicyArn=arn)
    iam.attach_role_policy(RoleName="Holder", PolicyArn=AWS_READ)
    same(
        sorted(p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName="Holder")["AttachedPolicies"]),
        sorted([arn, AWS_READ]),
    )
    same([p["Arn"] for p in iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]], [arn])
    c.refused("NoSuchEntity", iam.attach_role_policy, RoleName="Holder", PolicyArn=arn + "x")
    c.refused("DeleteConflict", iam.delete_policy, status=409, PolicyArn=arn)
    c.refused("DeleteConflict", iam.delete_role, status=409, RoleName="Holder")
    iam.put_role_permissions_boundary(RoleName="Holder", PermissionsBoundary=arn)
    same(iam.get_role(RoleName="Holder")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn)
    iam.delete_role_permissions_boundary(RoleName="Holder")
    for a in (arn, AWS_READ):
        iam.detach_role_policy(RoleName="Holder", PolicyArn=a)
    iam.delete_role_policy(RoleName="Holder", PolicyName="inline")
    for v in ("v1", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=v)
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName="Holder")


def flow_service_linked(c):
    iam = c.client("iam", c.members[A])
    if "AWSServiceRoleForConfigRemediation" not in [
        r["RoleName"] for p in iam.get_paginator("list_roles").paginate() for r in p["Roles"]
    ]:
        made = iam.create_service_linked_role(AWSServiceName="remediation.config.amazonaws.com")["Role"]
        same(
            (made["RoleName"], made["Path"]),
            ("AWSServiceRoleForConfigRemediation", "/aws-service-role/remediation.config.amazonaws.com/"),
        )
    c.refused(
        "InvalidInput", iam.create_service_linked_role, status=400, AWSServiceName="remediation.config.amazonaws.com"
    )
    c.refused(
        "UnmodifiableEntity",
        iam.put_role_policy,
        RoleName="AWSServiceRoleForConfigRemediation",
        PolicyName="x",
        PolicyDocument=policy(allow("*")),
    )


def flow_sessions(c):
    account = c.members[A]
    sts = c.client("sts")
    arn = c.role_arn(account, "OrganizationAccountAccessRole")
    out = sts.assume_role(RoleArn=arn, RoleSessionName="flow", DurationSeconds=900)
    same(out["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/flow")
    keys = out["Credentials"]
    me = c.client("sts", keys=keys).get_caller_identity()
    same(
        (me["Account"], me["Arn"], me["UserId"]),
        (account, out["AssumedRoleUser"]["Arn"], out["AssumedRoleUser"]["AssumedRoleId"]),
    )
    same(sts.get_access_key_info(AccessKeyId=keys["AccessKeyId"])["Account"], account)
    c.client("lambda", keys=keys).list_functions()
    denied = c.refused(
        "AccessDenied",
        c.client("sts", account).assume_role,
        status=403,
        RoleArn=c.role_arn(c.members[A + 1], "OrganizationAccountAccessRole"),
        RoleSessionName="flow",
    )
    same(
        c.message(denied),
        f"User: arn:aws:iam::{account}:user/administrator is not authorized to perform: sts:AssumeRole on resource: {c.role_arn(c.members[A + 1], 'OrganizationAccountAccessRole')}",
    )
    c.refused(
        "AccessDenied", sts.assume_role, status=403, RoleArn=c.role_arn(account, "Missing"), RoleSessionName="flow"
    )
    c.refused(
        "AccessDenied",
        sts.assume_role,
        status=403,
        RoleArn=c.role_arn(account, "lambda-execution"),
        RoleSessionName="flow",
    )
    c.refused(
        "ValidationError",
        sts.assume_role,
        status=400,
        text="not-an-arn-but-long-enough is invalid",
        RoleArn="not-an-arn-but-long-enough",
        RoleSessionName="flow",
    )
    c.refused("ValidationError", sts.assume_role, status=400, RoleArn=arn, RoleSessionName="no spaces")
    c.refused(
        "ValidationError", sts.assume_role, status=400, RoleArn=arn, RoleSessionName="flow", DurationSeconds=43201
    )
    c.refused(
        "ValidationError",
        sts.assume_role,
        status=400,
        text="MaxSessionDuration",
        RoleArn=arn,
        RoleSessionName="flow",
        DurationSeconds=43200,
    )
    c.refused("MalformedPolicyDocument", sts.assume_role, status=400, RoleArn=arn, RoleSessionName="flow", Policy="{")


def flow_external_id(c):
    account = c.members[A]
    iam = c.client("iam", account)
    root = f"arn:aws:iam::{c.management}:root"
    arn = iam.create_role(
        RoleName="Partner",
        AssumeRolePolicyDocument=trust(root, Condition={"StringEquals": {"sts:ExternalId": "secret-1"}}),
    )["Role"]["Arn"]
    c.refused("AccessDenied", c.assume, status=403, role=arn)
    c.refused("AccessDenied", c.assume, status=403, role=arn, ExternalId="secret-2")
    expect(c.assume(arn, ExternalId="secret-1")["AccessKeyId"].startswith("ASIA"))


def flow_decisions(c):
    """Identity, boundary, session and resource policies, each with AWS's words for its refusal."""
    account = c.members[A]
    iam = c.client("iam", account)
    c.function(account, "guarded")
    c.function(account, "free")
    guarded, free = (f"arn:aws:lambda:{c.home}:{account}:function:{n}" for n in ("guarded", "free"))
    arn = iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{c.management}:root"))[
        "Role"
    ]["Arn"]
    iam.put_role_policy(
        RoleName="Reader",
        PolicyName="p",
        PolicyDocument=policy(
            allow(["lambda:GetFunction", "lambda:ListFunctions", "lambda:GetFunctionConfiguration"]),
            deny("lambda:GetFunction", guarded),
        ),
    )
    me = f"arn:aws:sts::{account}:assumed-role/Reader/flow"

    def lam(**more):
        return c.client("lambda", keys=c.assume(arn, **more))

    def no(action, resource, why):
        return f"User: {me} is not authorized to perform: {action} on resource: {resource} {why}"

    plain = lam()
    plain.get_function(FunctionName="free")
    c.refused(
        "AccessDeniedException",
        plain.get_function,
        status=403,
        text=no("lambda:GetFunction", guarded, "with an explicit deny in an identity-based policy"),
        FunctionName="guarded",
    )
    c.refused(
        "AccessDeniedException",
        plain.delete_function,
        status=403,
        text=no(
            "lambda:DeleteFunction", free, "because no identity-based policy allows the lambda:DeleteFunction action"
        ),
        FunctionName="free",
    )
    expect(plain.get_function(FunctionName="free")["Configuration"], "reading")

    narrow = lam(Policy=policy(allow("lambda:ListFunctions")))
    narrow.list_functions()
    c.refused(
        "AccessDeniedException",
        narrow.get_function,
        text=no("lambda:GetFunction", free, "because no session policy allows the lambda:GetFunction action"),
        FunctionName="free",
    )
    wide = lam(Policy=policy(allow("*")))
    c.refused(
        "AccessDeniedException",
        wide.delete_function,
        text="because no identity-based policy allows",
        FunctionName="free",
    )
    boundary = iam.create_policy(PolicyName="Fence", PolicyDocument=policy(allow("lambda:GetFunction")))["Policy"][
        "Arn"
    ]
    fenced = lam(PolicyArns=[{"arn": boundary}])
    fenced.get_function(FunctionName="free")
    c.refused(
        "AccessDeniedException",
        fenced.list_functions,
        text="because no session policy allows the lambda:ListFunctions action",
    )
    iam.put_role_permissions_boundary(RoleName="Reader", PermissionsBoundary=boundary)
    plain.get_function(FunctionName="free")
    c.refused(
        "AccessDeniedException",
        plain.list_functions,
        text=no("lambda:ListFunctions", "*", "because no permissions boundary allows the lambda:ListFunctions action"),
    )
    iam.delete_role_permissions_boundary(RoleName="Reader")
    iam.put_role_policy(
        RoleName="Reader", PolicyName="p", PolicyDocument=policy(allow("lambda:GetFunctionConfiguration"))
    )
    c.refused(
        "AccessDeniedException", plain.list_functions, text="because no identity-based policy allows"
    )  # at once, for sessions that stand

    keys = c.assume(arn)
    c.refused("AccessDenied", c.client("iam", keys=keys).list_roles, status=403, text="iam:ListRoles")
    c.refused(
        "AccessDenied", c.client("cloudformation", keys=keys).list_stacks, status=403, text="cloudformation:ListStacks"
    )
    c.refused(
        "AccessDeniedException",
        c.client("config", keys=keys).describe_config_rules,
        status=400,
        text="config:DescribeConfigRules",
    )
    c.refused("AccessDeniedException", c.client("ssm", keys=keys).list_documents, status=400, text="ssm:ListDocuments")
    c.refused(
        "AccessDeniedException",
        c.client("scheduler", keys=keys).list_schedules,
        status=403,
        text="scheduler:ListSchedules",
    )
    same(c.client("sts", keys=keys).get_caller_identity()["Arn"], me, "the call that cannot be denied")


def flow_pass_role_and_layers(c):
    """Creating a function takes iam:PassRole; attaching a layer takes lambda:GetLayerVersion on it."""
    account = c.members[A]
    iam = c.client("iam", account)
    layer = c.layer(account, "attached", "x = 1", share=False)
    foreign = c.layer(c.members[A + 1], "attached", "x = 1")
    c.function(account, "changeable")
    arn = iam.create_role(RoleName="Deployer", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{c.management}:root"))[
        "Role"
    ]["Arn"]

    def grant(*statements):
        iam.put_role_policy(RoleName="Deployer", PolicyName="p", PolicyDocument=policy(*statements))

    lam = c.client("lambda", keys=c.assume(arn))
    change = {"FunctionName": "changeable", "Layers": [layer]}
    grant(allow("lambda:UpdateFunctionConfiguration"))
    c.refused(
        "AccessDeniedException",
        lam.update_function_configuration,
        text=f"lambda:GetLayerVersion on resource: {layer}",
        **change,
    )
    c.refused(
        "AccessDeniedException",
        lam.update_function_configuration,
        text=f"iam:PassRole on resource: {c.execution_role(account)}",
        FunctionName="changeable",
        Role=c.execution_role(account),
    )
    # The owner's grant to the organization is not enough for a role that may not use it.
    c.refused(
        "AccessDeniedException",
        lam.update_function_configuration,
        text="because no identity-based policy allows the lambda:GetLayerVersion action",
        FunctionName="changeable",
        Layers=[foreign],
    )
    grant(allow("lambda:UpdateFunctionConfiguration"), allow("lambda:GetLayerVersion", layer))
    lam.update_function_configuration(**change)
    c.updated(c.client("lambda", account), "changeable")
    grant(
        allow("lambda:*"),
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}),
    )
    c.refused(
        "AccessDeniedException",
        lam.update_function_configuration,
        text="iam:PassRole",
        FunctionName="changeable",
        Role=c.execution_role(account),
    )
    grant(
        allow("lambda:*"),
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    )
    lam.update_function_configuration(FunctionName="changeable", Role=c.execution_role(account))
