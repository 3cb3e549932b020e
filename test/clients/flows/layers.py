"""Layers, their policies, and attaching them in one's own account and in another (reference sheet §2.2, §2.3)."""

import base64
import hashlib
import json
import re

from world import archive, expect, same

PUBLISHER, CONSUMER = 1, 2  # indexes of the accounts that these flows use
GET = "lambda:GetLayerVersion"


def flow_versions(c):
    lam = c.client("lambda", c.members[PUBLISHER])
    content = archive("x = 1", "python/x.py")
    one = lam.publish_layer_version(
        LayerName="counted",
        Description="first",
        LicenseInfo="MIT",
        Content={"ZipFile": content},
        CompatibleRuntimes=["python3.12", "python3.13"],
        CompatibleArchitectures=["arm64"],
    )
    arn = f"arn:aws:lambda:{c.home}:{c.members[PUBLISHER]}:layer:counted"
    same((one["Version"], one["LayerArn"], one["LayerVersionArn"]), (1, arn, arn + ":1"))
    same(one["Content"]["CodeSha256"], base64.b64encode(hashlib.sha256(content).digest()).decode())
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", one["CreatedDate"]), one["CreatedDate"])
    got = lam.get_layer_version(LayerName="counted", VersionNumber=1)
    same(
        (got["Description"], got["LicenseInfo"], got["CompatibleRuntimes"]),
        ("first", "MIT", ["python3.12", "python3.13"]),
    )
    same(c.fetch(got["Content"]["Location"]), content, "the archive behind Content.Location")
    same(lam.get_layer_version_by_arn(Arn=arn + ":1")["Content"]["CodeSha256"], one["Content"]["CodeSha256"])
    same(lam.get_layer_version(LayerName=arn, VersionNumber=1)["Version"], 1)
    two = lam.publish_layer_version(
        LayerName="counted", Content={"ZipFile": archive("x = 2")}, CompatibleRuntimes=["nodejs22.x"]
    )
    same(two["Version"], 2)
    same([v["Version"] for v in lam.list_layer_versions(LayerName="counted")["LayerVersions"]], [2, 1], "newest first")
    same(
        [
            v["Version"]
            for v in lam.list_layer_versions(LayerName="counted", CompatibleRuntime="python3.13")["LayerVersions"]
        ],
        [1],
    )
    same(
        [
            v["Version"]
            for v in lam.list_layer_versions(LayerName="counted", CompatibleArchitecture="arm64")["LayerVersions"]
        ],
        [1],
    )

    for _ in range(2):  # deleting again is no error
        for n in (1, 2):
            lam.delete_layer_version(LayerName="counted", VersionNumber=n)
    same(lam.list_layer_versions(LayerName="counted")["LayerVersions"], [], "versions of an emptied layer")
    same(lam.list_layer_versions(LayerName="never-was")["LayerVersions"], [], "versions of an unknown layer")
    expect("counted" not in [x["LayerName"] for x in lam.list_layers()["Layers"]], "an emptied layer is listed")
    same(
        lam.publish_layer_version(LayerName="counted", Content={"ZipFile": content})["Version"],
        3,
        "number after all were deleted",
    )
    c.refused(
        "ResourceNotFoundException",
        lam.get_layer_version,
        status=404,
        text="The resource you requested does not exist.",
        LayerName="counted",
        VersionNumber=1,
    )
    for n in (0, -1):
        c.refused(
            "InvalidParameterValueException",
            lam.delete_layer_version,
            text="Layer Version Cannot be less than 1",
            LayerName="counted",
            VersionNumber=n,
        )
    c.refused("ValidationException", lam.publish_layer_version, LayerName="not valid", Content={"ZipFile": content})
    c.refused(
        "ValidationException",
        lam.publish_layer_version,
        LayerName="long",
        Description="d" * 257,
        Content={"ZipFile": content},
    )


def flow_lists(c):
    lam = c.client("lambda", c.members[PUBLISHER], c.away)
    listed = (
        {
            "LayerName": f"listed-{i:02}",
            "Content": {"ZipFile": archive("y = 1")},
            "CompatibleRuntimes": ["java21"] if i % 2 else ["python3.13"],
        }
        for i in range(53)
    )
    c.many(lam.publish_layer_version, listed)
    page = lam.list_layers(MaxItems=50)
    same(len(page["Layers"]), 50)
    names = [x["LayerName"] for p in lam.get_paginator("list_layers").paginate() for x in p["Layers"]]
    same(len([n for n in names if n.startswith("listed-")]), 53)
    same(len(names), len(set(names)), "layers listed once")
    java = [x for p in lam.get_paginator("list_layers").paginate(CompatibleRuntime="java21") for x in p["Layers"]]
    same(len(java), 26)
    same(java[0]["LatestMatchingVersion"]["LayerVersionArn"], java[0]["LayerArn"] + ":1")
    c.refused("ValidationException", lam.list_layers, MaxItems=51)
    c.many(lam.publish_layer_version, 54 * [{"LayerName": "paged", "Content": {"ZipFile": archive("z = 1")}}])
    numbers = [
        v["Version"]
        for p in lam.get_paginator("list_layer_versions").paginate(LayerName="paged")
        for v in p["LayerVersions"]
    ]
    same(numbers, list(range(54, 0, -1)), "versions over two pages")


def flow_policies(c):
    publisher = c.members[PUBLISHER]
    lam = c.client("lambda", publisher)
    arn = c.layer(publisher, "granted", "x = 1", share=False)
    at = {"LayerName": "granted", "VersionNumber": 1}
    grant = {**at, "StatementId": "all", "Action": GET, "Principal": "*"}
    c.refused(
        "ResourceNotFoundException",
        lam.get_layer_version_policy,
        status=404,
        text="No policy is associated with the given resource.",
        **at,
    )
    c.refused(
        "ResourceNotFoundException",
        lam.get_layer_version_policy,
        text="Layer version ARN does not exist.",
        LayerName="granted",
        VersionNumber=9,
    )
    c.refused(
        "ResourceNotFoundException",
        lam.add_layer_version_permission,
        text="Layer version ARN does not exist.",
        **{**grant, "VersionNumber": 9},
    )
    first = lam.add_layer_version_permission(**grant, OrganizationId=c.organization)
    statement = json.loads(first["Statement"])
    same(
        (statement["Sid"], statement["Effect"], statement["Principal"], statement["Action"], statement["Resource"]),
        ("all", "Allow", "*", GET, arn),
    )
    expect(c.organization in json.dumps(statement["Condition"]), statement)
    c.refused(
        "ResourceConflictException",
        lam.add_layer_version_permission,
        status=409,
        **grant,
        text="The statement id (all) provided already exists. Please provide a new statement id, or remove the existing statement.",
    )
    c.refused(
        "PreconditionFailedException",
        lam.add_layer_version_permission,
        status=412,
        **{**grant, "StatementId": "late"},
        RevisionId="0",
        text="The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
    )
    lam.add_layer_version_permission(
        **{**grant, "StatementId": "one", "Principal": c.members[CONSUMER]}, RevisionId=first["RevisionId"]
    )
    got = lam.get_layer_version_policy(**at)
    document = json.loads(got["Policy"])
    same((document["Version"], document["Id"], len(document["Statement"])), ("2012-10-17", "default", 2))
    same(document["Statement"][1]["Principal"], {"AWS": c.role_arn(c.members[CONSUMER], "x").replace("role/x", "root")})
    for bad in (
        {"Action": "lambda:InvokeFunction"},
        {"Action": "lambda:*"},
        {"Principal": "somebody"},
        {"OrganizationId": "o-short"},
    ):
        c.refused(
            "ValidationException",
            lam.add_layer_version_permission,
            status=400,
            **{**grant, "StatementId": "bad", **bad},
        )
    c.refused(
        "ResourceNotFoundException",
        lam.remove_layer_version_permission,
        text="Statement none is not found in resource policy.",
        **at,
        StatementId="none",
    )
    c.refused(
        "PreconditionFailedException",
        lam.remove_layer_version_permission,
        **at,
        StatementId="one",
        RevisionId=first["RevisionId"],
    )
    lam.remove_layer_version_permission(**at, StatementId="one", RevisionId=got["RevisionId"])
    lam.remove_layer_version_permission(**at, StatementId="all")
    c.refused("ResourceNotFoundException", lam.get_layer_version_policy, text="No policy is associated", **at)


def flow_foreign(c):
    """Nobody learns from a refusal whether a foreign layer exists."""
    publisher, account = c.members[PUBLISHER], c.members[CONSUMER]
    lam = c.client("lambda", account)
    own = c.client("lambda", publisher)
    hidden = c.layer(publisher, "hidden", "x = 1", share=False)
    shared = c.layer(publisher, "shared", "x = 1")
    c.function(account, "guest")
    missing, away = hidden.replace(":hidden:1", ":nothing:1"), hidden.replace(c.home, c.away)
    who = f"arn:aws:iam::{account}:user/administrator"

    def denied(layer):
        return f"User: {who} is not authorized to perform: {GET} on resource: {layer} because no resource-based policy allows the {GET} action"

    partition = shared.replace("arn:aws:", "arn:aws-cn:")
    for layer in (hidden, missing, away, partition):
        c.refused(
            "AccessDeniedException",
            lam.update_function_configuration,
            text=denied(layer),
            status=403,
            FunctionName="guest",
            Layers=[layer],
        )
        c.refused(
            "AccessDeniedException",
            c.function,
            text=denied(layer),
            status=403,
            account=account,
            name="guest-2",
            Layers=[layer],
        )
    for layer in (hidden, missing):
        c.refused("AccessDeniedException", lam.get_layer_version_by_arn, text=denied(layer), status=403, Arn=layer)
    c.refused("AccessDeniedException", lam.list_layer_versions, status=403, LayerName=shared.rsplit(":", 1)[0])

    same(lam.get_layer_version_by_arn(Arn=shared)["Version"], 1)
    lam.update_function_configuration(FunctionName="guest", Layers=[shared])
    c.updated(lam, "guest")
    same(c.layers_of(lam, "guest"), [shared])
    second = c.layer(publisher, "shared", "x = 2", share=False)
    c.refused(
        "AccessDeniedException",
        lam.update_function_configuration,
        text=denied(second),
        FunctionName="guest",
        Layers=[second],
    )

    own.remove_layer_version_permission(LayerName="shared", VersionNumber=1, StatementId="organization")
    same(c.layers_of(lam, "guest"), [shared], "layers after the grant was revoked")
    lam.update_function_configuration(FunctionName="guest", Timeout=7)
    c.updated(lam, "guest")
    same(c.layers_of(lam, "guest"), [shared], "layers after an update of something else")
    c.refused(
        "AccessDeniedException", c.function, text=denied(shared), account=account, name="guest-3", Layers=[shared]
    )


def flow_one_account_named(c):
    """A grant to one account serves that one only; one to the organization serves its members only."""
    publisher, friend, other = c.members[PUBLISHER], c.members[CONSUMER], c.members[0]
    arn = c.layer(publisher, "private", "x = 1", share=False)
    c.client("lambda", publisher).add_layer_version_permission(
        LayerName="private", VersionNumber=1, StatementId="friend", Action=GET, Principal=friend
    )
    same(c.client("lambda", friend).get_layer_version_by_arn(Arn=arn)["Version"], 1)
    c.refused("AccessDeniedException", c.client("lambda", other).get_layer_version_by_arn, status=403, Arn=arn)
    foreign = c.layer(publisher, "elsewhere", "x = 1", share=False)
    c.client("lambda", publisher).add_layer_version_permission(
        LayerName="elsewhere",
        VersionNumber=1,
        StatementId="org",
        Action=GET,
        Principal="*",
        OrganizationId="o-0123456789",
    )
    c.refused("AccessDeniedException", c.client("lambda", friend).get_layer_version_by_arn, status=403, Arn=foreign)


def flow_attach(c):
    account = c.members[CONSUMER]
    lam = c.client("lambda", account)
    arns = [c.layer(account, f"own-{i}", f"x = {i}") for i in range(6)]
    newer = c.layer(account, "own-1", "x = 10")
    made = c.function(account, "attach")
    expect("Layers" not in made, "a function without layers shows Layers")

    def put(layers):
        lam.update_function_configuration(FunctionName="attach", Layers=layers)
        c.updated(lam, "attach")
        same(c.layers_of(lam, "attach"), layers)

    put([arns[2], arns[1], arns[0]])
    put([arns[2], newer, arns[0]])
    put(arns[:5])
    lam.update_function_configuration(FunctionName="attach", MemorySize=512)
    c.updated(lam, "attach")
    same(c.layers_of(lam, "attach"), arns[:5], "layers after an update without them")
    put([])
    expect("Layers" not in lam.get_function_configuration(FunctionName="attach"), "Layers after all were taken off")

    def bad(code, text, layers):
        c.refused(code, lam.update_function_configuration, text=text, status=400, FunctionName="attach", Layers=layers)

    value = "InvalidParameterValueException"
    bad(value, "Cannot reference more than 5 layers.", arns)
    twice = "Two different versions of the same layer are not allowed to be referenced in the same function."
    bad(value, twice, [arns[1], newer])
    bad(value, "are versions of the same layer.", [newer, arns[1]])
    bad(value, twice, [arns[1], arns[1]])
    bad("ValidationException", "at 'layers'", [arns[0].rsplit(":", 1)[0]])
    bad("ValidationException", "at 'layers'", ["own-0:1"])
    bad(value, "Layer version ARN does not exist.", [arns[0].replace("own-0:1", "own-0:9")])
    bad(
        value,
        f"Layers are not in the same region as the function. Layers are expected to be in region {c.home}.",
        [arns[0].replace(c.home, c.away)],
    )


def flow_deleted_sibling(c):
    """A layer that is gone stays on its functions, and stands in the way of every change of their lists."""
    account = c.members[CONSUMER]
    lam = c.client("lambda", account)
    one, two, gone = (
        c.layer(account, "kept", "x = 1"),
        c.layer(account, "kept", "x = 2"),
        c.layer(account, "doomed", "y = 1"),
    )
    c.function(account, "sibling", Layers=[gone, one])
    lam.delete_layer_version(LayerName="doomed", VersionNumber=1)
    same(c.layers_of(lam, "sibling"), [gone, one])
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_configuration,
        text="Layer version ARN does not exist.",
        FunctionName="sibling",
        Layers=[gone, two],
    )
    lam.update_function_configuration(FunctionName="sibling", Description="still works")
    c.updated(lam, "sibling")
    lam.update_function_configuration(FunctionName="sibling", Layers=[two])
    c.updated(lam, "sibling")
    same(c.layers_of(lam, "sibling"), [two])


def flow_sizes(c):
    account = c.members[CONSUMER]
    lam = c.client("lambda", account)
    data = {n: archive(size=n << 20) for n in (90, 140)}
    arns = {
        n: lam.publish_layer_version(LayerName=f"big-{n}", Content={"ZipFile": d})["LayerVersionArn"]
        for n, d in data.items()
    }
    twin = lam.publish_layer_version(LayerName="big-twin", Content={"ZipFile": data[140]})["LayerVersionArn"]
    c.function(account, "sized", Code={"ZipFile": data[140]})
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_configuration,
        FunctionName="sized",
        Layers=[arns[140], twin],
        text="Layers consume more than the available size of 262144000 bytes",
    )
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_configuration,
        FunctionName="sized",
        Layers=[arns[140]],
        text="Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is ",
    )
    lam.update_function_configuration(FunctionName="sized", Layers=[arns[90]])
    c.updated(lam, "sized")
