"""Lambda functions: states, revisions, versions, aliases, tags, lists (reference sheet §2.1, §2.2, §2.4, §2.5)."""

import base64
import hashlib

from world import archive, expect, same

A = 0  # index of the account that these flows use
NETWORK = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}  # an update then takes long enough to be seen


def flow_states_and_revisions(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    made = c.function(account, "states", wait=False, VpcConfig=NETWORK, Description="first", Tags={"team": "red"})
    same((made["State"], made["StateReasonCode"]), ("Pending", "Creating"), "state")
    expect("LastUpdateStatus" not in made, "a function that is being created has a LastUpdateStatus")
    same(made["Version"], "$LATEST")
    c.refused(
        "ResourceConflictException", lam.update_function_configuration, status=409, FunctionName="states", Timeout=9
    )
    c.refused("ResourceConflictException", lam.publish_version, status=409, FunctionName="states")
    c.refused(
        "ResourceConflictException", lam.update_function_code, status=409, FunctionName="states", ZipFile=archive("x")
    )
    c.active(lam, "states")
    active = lam.get_function_configuration(FunctionName="states")
    same((active["State"], active["LastUpdateStatus"]), ("Active", "Successful"))
    expect(active["RevisionId"] != made["RevisionId"], "the RevisionId stayed when the function became active")

    updating = lam.update_function_configuration(FunctionName="states", Timeout=10, RevisionId=active["RevisionId"])
    same((updating["LastUpdateStatus"], updating["LastUpdateStatusReasonCode"]), ("InProgress", "Creating"))
    same((updating["Timeout"], updating["Description"]), (10, "first"), "what was sent, and what was not")
    arn = updating["FunctionArn"]
    c.refused(
        "ResourceConflictException",
        lam.update_function_configuration,
        status=409,
        FunctionName="states",
        Timeout=11,
        text=f"The operation cannot be performed at this time. An update is in progress for resource: {arn}",
    )
    c.refused("ResourceConflictException", lam.publish_version, text="An update is in progress", FunctionName="states")
    c.updated(lam, "states")
    after = lam.get_function(FunctionName="states")
    expect(
        after["Configuration"]["RevisionId"] not in (updating["RevisionId"], active["RevisionId"]),
        "the RevisionId did not change twice",
    )
    same(after["Tags"], {"team": "red"})
    c.refused(
        "PreconditionFailedException",
        lam.update_function_configuration,
        status=412,
        FunctionName="states",
        Timeout=12,
        RevisionId=updating["RevisionId"],
        text="The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )


def flow_code(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    first, second = archive("one"), archive("two")
    made = c.function(account, "code", Code={"ZipFile": first})
    same(made["CodeSha256"], base64.b64encode(hashlib.sha256(first).digest()).decode())
    same(made["CodeSize"], len(first))
    location = lam.get_function(FunctionName="code")["Code"]
    same(location["RepositoryType"], "S3")
    same(c.fetch(location["Location"]), first, "the archive behind Code.Location")
    tried = lam.update_function_code(FunctionName="code", ZipFile=second, DryRun=True)
    same(tried["CodeSha256"], base64.b64encode(hashlib.sha256(second).digest()).decode())
    same(lam.get_function_configuration(FunctionName="code")["CodeSha256"], made["CodeSha256"], "code after a dry run")
    published = lam.update_function_code(FunctionName="code", ZipFile=second, Publish=True)
    same(published["Version"], "1")
    c.updated(lam, "code")
    same(lam.get_function_configuration(FunctionName="code")["CodeSha256"], published["CodeSha256"])
    c.refused(
        "InvalidParameterValueException", lam.update_function_code, FunctionName="code", ZipFile=b"not an archive"
    )
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_code,
        FunctionName="code",
        ZipFile=archive(size=251 << 20),
        text="Unzipped size must be smaller than 262144000 bytes",
    )


def flow_names_and_places(c):
    account, other = c.members[A], c.members[A + 1]
    lam = c.client("lambda", account)
    made = c.function(account, "named")
    arn = f"arn:aws:lambda:{c.home}:{account}:function:named"
    same(made["FunctionArn"], arn)
    for name in ("named", f"{account}:function:named", arn, arn + ":$LATEST"):
        same(lam.get_function_configuration(FunctionName=name)["FunctionName"], "named", name)
    same(lam.get_function_configuration(FunctionName="named", Qualifier="$LATEST")["FunctionArn"], arn + ":$LATEST")
    missing = f"arn:aws:lambda:{c.home}:{account}:function:nobody"
    c.refused(
        "ResourceNotFoundException",
        lam.get_function,
        text=f"Function not found: {missing}",
        status=404,
        FunctionName="nobody",
    )
    c.refused(
        "ResourceNotFoundException", lam.delete_function, text=f"Function not found: {missing}", FunctionName="nobody"
    )
    c.refused(
        "ResourceNotFoundException",
        lam.get_function,
        status=404,
        FunctionName=arn.replace(c.home, c.away),
        text=f"Functions from '{c.away}' are not reachable in this region ('{c.home}')",
    )
    c.refused("AccessDeniedException", lam.get_function, status=403, FunctionName=arn.replace(account, other))
    c.refused("ValidationException", lam.get_function, status=400, FunctionName=arn.replace("arn:aws:", "arn:aws-cn:"))
    c.refused(
        "ResourceConflictException",
        c.function,
        text="Function already exist: named",
        status=409,
        account=account,
        name="named",
    )
    c.refused("InvalidParameterValueException", c.function, account=account, name="n" * 65)
    c.refused("ValidationException", c.function, status=400, account=account, name="not valid")
    c.refused("ValidationException", c.function, status=400, account=account, name="role", Role="arn:aws:iam::1:role/x")
    c.refused("ValidationException", c.function, status=400, account=account, name="memory", MemorySize=10241)
    lam.delete_function(FunctionName="named")
    c.refused("ResourceNotFoundException", lam.get_function, FunctionName="named")


def flow_settings(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    role = c.client("iam", account).create_role(
        RoleName="settings",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )["Role"]["Arn"]
    queue = f"arn:aws:sqs:{c.home}:{account}:dead"
    c.function(
        account,
        "settings",
        Environment={"Variables": {"A": "1"}},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
        DeadLetterConfig={"TargetArn": queue},
        Architectures=["arm64"],
        MemorySize=256,
        Timeout=60,
    )
    lam.update_function_configuration(
        FunctionName="settings",
        Role=role,
        Handler="other.run",
        Runtime="python3.12",
        Description="two",
        Environment={"Variables": {"B": "2"}},
    )
    c.updated(lam, "settings")
    got = lam.get_function_configuration(FunctionName="settings")
    same((got["Role"], got["Handler"], got["Runtime"], got["Description"]), (role, "other.run", "python3.12", "two"))
    same(got["Environment"]["Variables"], {"B": "2"}, "the map is replaced")
    same(
        (got["MemorySize"], got["Timeout"], got["EphemeralStorage"]["Size"], got["TracingConfig"]["Mode"]),
        (256, 60, 1024, "Active"),
    )
    same((got["DeadLetterConfig"]["TargetArn"], got["Architectures"]), (queue, ["arm64"]))
    same(c.client("lambda", account).get_account_settings()["AccountLimit"]["CodeSizeUnzipped"], 262144000)


def flow_image(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    image = f"{account}.dkr.ecr.{c.home}.amazonaws.com/shop:1"
    c.function(account, "image", PackageType="Image", Code={"ImageUri": image})
    got = lam.get_function(FunctionName="image")
    same(
        (got["Configuration"]["PackageType"], got["Code"]["RepositoryType"], got["Code"]["ImageUri"]),
        ("Image", "ECR", image),
    )
    expect("@sha256:" in got["Code"]["ResolvedImageUri"], got["Code"])
    expect(
        "Layers" not in got["Configuration"] and "Handler" not in got["Configuration"],
        "an image has layers or a handler",
    )
    layer = c.layer(account, "for-image", "x = 1")
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_configuration,
        status=400,
        FunctionName="image",
        Layers=[layer],
    )
    c.refused(
        "InvalidParameterValueException",
        c.function,
        account=account,
        name="image-2",
        PackageType="Image",
        Code={"ImageUri": image},
        Layers=[layer],
    )


def flow_fifty_a_page(c):
    account, region = c.members[A], c.away
    lam = c.client("lambda", account, region)
    names = {f"many-{i:02}" for i in range(57)}
    c.many(c.function, ({"account": account, "name": n, "region": region, "wait": False} for n in sorted(names)))
    c.active(lam, "many-56")
    page = lam.list_functions(MaxItems=10000)
    same(len(page["Functions"]), 50, "functions in a page of up to 10000")
    expect(page["NextMarker"], "no marker")
    for state in ("State", "StateReason", "LastUpdateStatus", "LastUpdateStatusReasonCode"):
        expect(all(state not in f for f in page["Functions"]), "a list shows", state)
    listed = [f["FunctionName"] for p in lam.get_paginator("list_functions").paginate() for f in p["Functions"]]
    expect(names <= set(listed) and len(listed) == len(set(listed)), "not each function once:", listed)
    same(len(lam.list_functions(MaxItems=7)["Functions"]), 7)

    lam.publish_version(FunctionName="many-03")
    everything = [
        f["FunctionArn"]
        for p in lam.get_paginator("list_functions").paginate(FunctionVersion="ALL")
        for f in p["Functions"]
    ]
    base = f"arn:aws:lambda:{region}:{account}:function:many-03"
    same([a for a in everything if a.startswith(base)], [base + ":$LATEST", base + ":1"])
    c.refused("ValidationException", lam.list_functions, FunctionVersion="SOME")
    c.many(lam.delete_function, ({"FunctionName": n} for n in sorted(names)))


def flow_versions(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    layers = [c.layer(account, "versioned", t) for t in ("x = 1", "x = 2")]
    made = c.function(account, "versions", Layers=layers[:1])
    before = lam.get_function_configuration(FunctionName="versions")["RevisionId"]
    one = lam.publish_version(
        FunctionName="versions", Description="the first", CodeSha256=made["CodeSha256"], RevisionId=before
    )
    same((one["Version"], one["Description"], one["FunctionArn"]), ("1", "the first", made["FunctionArn"] + ":1"))
    now = lam.get_function_configuration(FunctionName="versions")["RevisionId"]
    expect(now != before and one["RevisionId"] not in (now, before), "publishing left a RevisionId")
    same(
        lam.publish_version(FunctionName="versions", Description="again")["Version"],
        "1",
        "version published without a change",
    )
    c.refused(
        "InvalidParameterValueException",
        lam.publish_version,
        FunctionName="versions",
        CodeSha256="other",
        text=f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({made['CodeSha256']})",
    )
    c.refused(
        "PreconditionFailedException", lam.publish_version, FunctionName="versions", RevisionId=before, status=412
    )
    lam.update_function_configuration(FunctionName="versions", Layers=layers[1:])
    c.updated(lam, "versions")
    same(lam.publish_version(FunctionName="versions")["Version"], "2")
    same(
        lam.get_function_configuration(FunctionName="versions", Qualifier="1")["Layers"][0]["Arn"],
        layers[0],
        "layer of version 1",
    )
    same(lam.get_function_configuration(FunctionName="versions:2")["Layers"][0]["Arn"], layers[1])
    c.refused(
        "InvalidParameterValueException",
        lam.update_function_configuration,
        FunctionName="versions:1",
        Layers=layers[1:],
    )
    listed = [
        v["Version"]
        for p in lam.get_paginator("list_versions_by_function").paginate(FunctionName="versions")
        for v in p["Versions"]
    ]
    same(listed, ["$LATEST", "1", "2"])
    lam.delete_function(FunctionName="versions", Qualifier="1")
    same([v["Version"] for v in lam.list_versions_by_function(FunctionName="versions")["Versions"]], ["$LATEST", "2"])
    c.refused(
        "ResourceNotFoundException",
        lam.get_function,
        text="Function not found: ",
        FunctionName="versions",
        Qualifier="1",
    )
    c.refused("InvalidParameterValueException", lam.delete_function, FunctionName="versions", Qualifier="$LATEST")


def flow_aliases(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    base = c.function(account, "aliased")["FunctionArn"]
    for i, text in enumerate(("one", "two"), start=1):
        lam.update_function_code(FunctionName="aliased", ZipFile=archive(text))
        c.updated(lam, "aliased")
        same(lam.publish_version(FunctionName="aliased")["Version"], str(i))
    live = lam.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1", Description="what runs")
    same((live["AliasArn"], live["FunctionVersion"]), (base + ":live", "1"))
    same(lam.get_function_configuration(FunctionName="aliased", Qualifier="live")["Version"], "1")
    same(lam.get_function_configuration(FunctionName="aliased:live")["FunctionArn"], base + ":live")
    c.refused(
        "ResourceConflictException",
        lam.create_alias,
        status=409,
        FunctionName="aliased",
        Name="live",
        FunctionVersion="2",
    )
    c.refused("ValidationException", lam.create_alias, FunctionName="aliased", Name="77", FunctionVersion="1")
    c.refused("ResourceNotFoundException", lam.create_alias, FunctionName="aliased", Name="no", FunctionVersion="9")
    c.refused(
        "ResourceNotFoundException",
        lam.get_alias,
        text=f"Cannot find alias arn: {base}:none",
        FunctionName="aliased",
        Name="none",
    )
    c.refused(
        "ResourceNotFoundException",
        lam.list_aliases,
        text=f"Function not found: {base[:-7]}nobody",
        FunctionName="nobody",
    )

    moved = lam.update_alias(FunctionName="aliased", Name="live", FunctionVersion="2", RevisionId=live["RevisionId"])
    same((moved["FunctionVersion"], moved["Description"]), ("2", "what runs"))
    c.refused(
        "PreconditionFailedException",
        lam.update_alias,
        status=412,
        FunctionName="aliased",
        Name="live",
        RevisionId=live["RevisionId"],
        text="Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    again = lam.update_alias(FunctionName="aliased", Name="live")
    expect(again["RevisionId"] != moved["RevisionId"], "an update of nothing kept the RevisionId")
    same(again["FunctionVersion"], "2")

    def weights(w):
        return {"AdditionalVersionWeights": w}

    lam.update_alias(FunctionName="aliased", Name="live", RoutingConfig=weights({"1": 0.25}))
    same(lam.get_alias(FunctionName="aliased", Name="live")["RoutingConfig"], weights({"1": 0.25}))
    c.refused("ResourceConflictException", lam.delete_function, FunctionName="aliased", Qualifier="1")
    lam.create_alias(FunctionName="aliased", Name="head", FunctionVersion="$LATEST")
    for name, w in (("live", {"1": 0.1, "3": 0.1}), ("live", {"2": 0.1}), ("head", {"1": 0.5})):
        c.refused(
            "InvalidParameterValueException",
            lam.update_alias,
            FunctionName="aliased",
            Name=name,
            RoutingConfig=weights(w),
        )
    for w in ({"x": 0.1}, {"1": 1.5}):
        c.refused(
            "ValidationException", lam.update_alias, FunctionName="aliased", Name="live", RoutingConfig=weights(w)
        )
    lam.update_alias(FunctionName="aliased", Name="live", RoutingConfig=weights({}))
    expect(
        "RoutingConfig" not in lam.get_alias(FunctionName="aliased", Name="live"), "no weights leave a RoutingConfig"
    )
    same([a["Name"] for a in lam.list_aliases(FunctionName="aliased")["Aliases"]], ["head", "live"])
    same([a["Name"] for a in lam.list_aliases(FunctionName="aliased", FunctionVersion="2")["Aliases"]], ["live"])
    first = lam.list_aliases(FunctionName="aliased", MaxItems=1)
    same([a["Name"] for a in lam.list_aliases(FunctionName="aliased", Marker=first["NextMarker"])["Aliases"]], ["live"])
    lam.delete_alias(FunctionName="aliased", Name="head")
    lam.delete_alias(FunctionName="aliased", Name="head")
    same([a["Name"] for a in lam.list_aliases(FunctionName="aliased")["Aliases"]], ["live"])


def flow_tags(c):
    account = c.members[A]
    lam = c.client("lambda", account)
    made = c.function(account, "tagged", Tags={"team": "red"})
    arn = made["FunctionArn"]
    before = lam.get_function_configuration(FunctionName="tagged")["RevisionId"]
    lam.tag_resource(Resource=arn, Tags={"stage": "test", "team": "blue"})
    same(lam.list_tags(Resource=arn)["Tags"], {"stage": "test", "team": "blue"})
    lam.untag_resource(Resource=arn, TagKeys=["stage", "none"])
    same(lam.get_function(FunctionName="tagged")["Tags"], {"team": "blue"})
    same(lam.get_function_configuration(FunctionName="tagged")["RevisionId"], before, "RevisionId after tagging")
    c.refused("InvalidParameterValueException", lam.tag_resource, Resource=arn, Tags={f"k{i}": "v" for i in range(51)})
    c.refused("ResourceNotFoundException", lam.list_tags, Resource=arn.replace("tagged", "nobody"))
