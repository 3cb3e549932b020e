"""What no service answers itself: signatures, unknown operations and members, suspended accounts, Regions, browsers."""

import urllib.error

from world import archive, expect, same

A = 4


def flow_wrong_keys(c):
    account = c.members[A]
    wrong = {"AccessKeyId": account, "SecretAccessKey": "not-the-secret", "SessionToken": None}
    unknown = {"AccessKeyId": "AKIA0000000000000000", "SecretAccessKey": c.secret, "SessionToken": None}
    for keys, json, xml in (
        (wrong, "InvalidSignatureException", "SignatureDoesNotMatch"),
        (unknown, "UnrecognizedClientException", "InvalidClientTokenId"),
    ):
        for service, call in (
            ("lambda", "list_functions"),
            ("config", "describe_config_rules"),
            ("ssm", "list_documents"),
            ("scheduler", "list_schedules"),
        ):
            c.refused(json, getattr(c.client(service, keys=keys), call), status=403)
            c._clients.clear()  # clients are kept by access key, and this one has two secrets
        for service, call in (("sts", "get_caller_identity"), ("iam", "list_roles"), ("cloudformation", "list_stacks")):
            c.refused(xml, getattr(c.client(service, keys=keys), call), status=403)
            c._clients.clear()
    session = c.assume(c.role_arn(account, "OrganizationAccountAccessRole"))
    c.refused(
        "UnrecognizedClientException",
        c.client("lambda", keys={**session, "SessionToken": "other"}).list_functions,
        status=403,
    )
    c._clients.clear()


def flow_suspended_account(c):
    expect(c.suspended, "the fleet has no suspended account")
    gone = c.suspended[0]
    same(c.client("organizations").describe_account(AccountId=gone)["Account"]["State"], "SUSPENDED")
    c.refused(
        "AccessDenied",
        c.client("sts").assume_role,
        status=403,
        RoleArn=c.role_arn(gone, "OrganizationAccountAccessRole"),
        RoleSessionName="flow",
    )
    c.refused("UnrecognizedClientException", c.client("lambda", gone).list_functions, status=403)


def flow_region_not_enabled(c):
    account, region = c.members[A], "eu-south-2"
    same(c.client("account", account).get_region_opt_status(RegionName=region)["RegionOptStatus"], "DISABLED")
    for service, call in (("lambda", "list_functions"), ("config", "describe_config_rules"), ("ssm", "list_documents")):
        c.refused(
            "UnrecognizedClientException",
            getattr(c.client(service, account, region), call),
            status=403,
            text="The security token included in the request is invalid",
        )
    c.refused("InvalidClientTokenId", c.client("cloudformation", account, region).list_stacks, status=403)
    c.client("iam", account, region).list_roles()  # one address for all Regions
    c.client("organizations", region=region).describe_organization()


def flow_unknown_operations(c):
    """An operation that the sandbox does not have is refused by its name, in each protocol."""
    account = c.members[A]
    calls = {
        ("lambda", "invoke", "Invoke"): {"FunctionName": "f"},
        ("lambda", "put_function_concurrency", "PutFunctionConcurrency"): {
            "FunctionName": "f",
            "ReservedConcurrentExecutions": 1,
        },
        ("config", "delete_conformance_pack", "DeleteConformancePack"): {"ConformancePackName": "p"},
        ("ssm", "label_parameter_version", "LabelParameterVersion"): {"Name": "p", "Labels": ["stable"]},
        ("organizations", "list_policies", "ListPolicies"): {"Filter": "SERVICE_CONTROL_POLICY"},
        ("cloudformation", "detect_stack_set_drift", "DetectStackSetDrift"): {"StackSetName": "s"},
        ("sts", "get_session_token", "GetSessionToken"): {},
        ("iam", "create_user", "CreateUser"): {"UserName": "u"},
        ("account", "enable_region", "EnableRegion"): {"RegionName": c.home},
        ("scheduler", "create_schedule_group", "CreateScheduleGroup"): {"Name": "g"},
    }
    for (service, call, name), arguments in calls.items():
        c.refused("SandboxUnsupported", getattr(c.client(service, account), call), status=400, text=name, **arguments)
    c.refused("SandboxUnsupported", c.client("dynamodb", account).list_tables, status=400, text="dynamodb")


def flow_unknown_members(c):
    """A member that would have to be stored and ignored is refused by its name, and so is one nested in another."""
    account = c.members[A]
    function = {
        "FunctionName": "f",
        "Role": c.execution_role(account),
        "Runtime": "python3.13",
        "Handler": "main.handler",
    }
    object = {"S3Bucket": "bucket", "S3Key": "key"}
    template = '{"Resources":{"R":{"Type":"AWS::SSM::Document"}}}'
    for service, call, member, arguments in (
        (
            "lambda",
            "create_function",
            "SnapStart",
            {**function, "Code": {"ZipFile": archive()}, "SnapStart": {"ApplyOn": "None"}},
        ),
        ("lambda", "create_function", "Code.S3ObjectVersion", {**function, "Code": {**object, "S3ObjectVersion": "v"}}),
        (
            "lambda",
            "publish_layer_version",
            "Content.S3ObjectVersion",
            {"LayerName": "l", "Content": {**object, "S3ObjectVersion": "v"}},
        ),
        ("config", "put_stored_query", "StoredQuery.QueryId", {"StoredQuery": {"QueryName": "q", "QueryId": "i"}}),
        (
            "ssm",
            "start_automation_execution",
            "TargetLocations",
            {"DocumentName": "Doc", "TargetLocations": [{"Accounts": [account], "Regions": [c.home]}]},
        ),
        (
            "organizations",
            "create_organizational_unit",
            "Tags",
            {"Name": "n", "ParentId": "r-1234", "Tags": [{"Key": "k", "Value": "v"}]},
        ),
        (
            "cloudformation",
            "create_stack",
            "TimeoutInMinutes",
            {"StackName": "s", "TemplateBody": template, "TimeoutInMinutes": 5},
        ),
        (
            "cloudformation",
            "create_stack_set",
            "TemplateURL",
            {"StackSetName": "s", "TemplateURL": "https://example.com/t.yaml"},
        ),
        (
            "sts",
            "assume_role",
            "SourceIdentity",
            {"RoleArn": c.role_arn(account, "Missing"), "RoleSessionName": "flow", "SourceIdentity": "me"},
        ),
        (
            "scheduler",
            "create_schedule",
            "KmsKeyArn",
            {
                "Name": "s",
                "ScheduleExpression": "rate(1 hour)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": "arn:aws:scheduler:::aws-sdk:config:startConfigRulesEvaluation",
                    "RoleArn": c.execution_role(account),
                },
                "KmsKeyArn": f"arn:aws:kms:{c.home}:{account}:key/k",
            },
        ),
    ):
        c.refused(
            "SandboxUnsupported",
            getattr(c.client(service, account if service != "organizations" else None), call),
            status=400,
            text=member,
            **arguments,
        )


def flow_stays_home(c):
    """A browser's page, and a name that somebody points at this machine, are turned away before anything is looked at."""
    for headers in ({"Origin": "https://example.com"}, {"Host": "sandbox.example.com"}):
        try:
            c.fetch(c.endpoint, **headers)
        except urllib.error.HTTPError as e:
            same(e.code, 403, headers)
        else:
            expect(False, headers, "was let in")
    try:
        c.fetch(c.endpoint)
    except urllib.error.HTTPError as e:
        same(e.code, 403, "an unsigned request")
    else:
        expect(False, "an unsigned request was let in")
