"""Parameter Store: values, versions, hierarchies, tags and who may read them."""

from world import allow, expect, policy, same

A = 9  # index of the account that these flows use

STABLE = "/flow/common-deps/stable"


def names(parameters):
    return [p["Name"] for p in parameters]


def flow_values(c):
    account = c.members[A]
    ssm = c.client("ssm", account)
    made = ssm.put_parameter(Name=STABLE, Value="one", Type="String", Description="first", Tags=[{"Key": "a", "Value": "1"}])
    same((made["Version"], made["Tier"]), (1, "Standard"))
    c.refused("ParameterAlreadyExists", ssm.put_parameter, status=400, Name=STABLE, Value="two", Type="String")
    same(ssm.put_parameter(Name=STABLE, Value="two", Overwrite=True)["Version"], 2)
    got = ssm.get_parameter(Name=STABLE, WithDecryption=True)["Parameter"]
    same((got["Name"], got["Value"], got["Version"], got["Type"], got["DataType"]), (STABLE, "two", 2, "String", "text"))
    same(got["ARN"], f"arn:aws:ssm:{c.home}:{account}:parameter{STABLE}")
    old = ssm.get_parameter(Name=STABLE + ":1")["Parameter"]
    same((old["Value"], old["Selector"]), ("one", ":1"))
    same(ssm.get_parameter(Name=got["ARN"])["Parameter"]["Value"], "two")
    history = ssm.get_parameter_history(Name=STABLE)["Parameters"]
    same([(h["Version"], h["Value"], h["Description"]) for h in history], [(1, "one", "first"), (2, "two", "first")])
    expect(account in history[0]["LastModifiedUser"], history[0]["LastModifiedUser"])
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=STABLE, PaginationConfig={"PageSize": 1})
    same([h["Version"] for p in pages for h in p["Parameters"]], [1, 2])
    c.refused("ParameterVersionNotFound", ssm.get_parameter, Name=STABLE + ":3")
    c.refused("ParameterVersionNotFound", ssm.get_parameter, Name=STABLE + ":latest")
    c.refused("ParameterNotFound", ssm.get_parameter, status=400, Name="/flow/missing")
    c.refused("ParameterNotFound", ssm.get_parameter, Name="/aws/service/global-infrastructure/version")
    c.refused("ParameterNotFound", ssm.get_parameter_history, Name="/flow/missing")
    c.refused("ValidationException", ssm.get_parameter, Name="no/slash")
    c.refused("ParameterNotFound", c.client("ssm", account, c.away).get_parameter, Name=STABLE)
    c.refused("ParameterNotFound", c.client("ssm", c.members[A - 1]).get_parameter, Name=STABLE)


def flow_what_is_refused(c):
    ssm = c.client("ssm", c.members[A], validate=False)

    def bad(code, text="", **change):
        c.refused(code, ssm.put_parameter, text=text, **{"Name": "/flow/bad", "Value": "v", "Type": "String", **change})

    bad("ValidationException", text="fully qualified", Name="flow/bad")
    bad("ValidationException", text='"ssm"', Name="ssm-flow")
    bad("AccessDeniedException", text="/aws/flow/x", Name="/aws/flow/x")
    bad("HierarchyLevelLimitExceededException", Name="/l" * 16)
    bad("ValidationException", Name="/" + "n" * 1000)
    bad("ValidationException", text="4096", Value="v" * 4097)
    bad("ValidationException", text="8192", Value="v" * 8193, Tier="Advanced")
    bad("ValidationException", text="nest", Value="{{ssm:x}}")
    bad("InvalidAllowedPatternException", AllowedPattern="(")
    bad("ParameterPatternMismatchException", AllowedPattern="^[0-9]+$")
    bad("SandboxUnsupported", text="SecureString", Type="SecureString")
    bad("SandboxUnsupported", text="KeyId", KeyId="alias/x")
    bad("SandboxUnsupported", text="Policies", Policies="[]")
    bad("SandboxUnsupported", text="aws:ec2:image", DataType="aws:ec2:image")
    bad("ValidationException", text="tags and overwrite", Overwrite=True, Tags=[{"Key": "a", "Value": "1"}])
    bad("ValidationException", text="enum", Type="Number")
    c.refused("ValidationException", ssm.put_parameter, text="type is required", Name="/flow/bad", Value="v")
    ssm.put_parameter(Name="/flow/large", Value="v" * 5000, Type="String", Tier="Intelligent-Tiering")
    bad("ValidationException", text="downgrade", Name="/flow/large", Overwrite=True, Tier="Standard")
    bad("HierarchyTypeMismatchException", Name="/flow/large", Overwrite=True, Type="StringList")
    same(ssm.delete_parameter(Name="/flow/large")["ResponseMetadata"]["HTTPStatusCode"], 200)


def flow_hierarchies(c):
    ssm = c.client("ssm", c.members[A])
    for i in range(12):
        ssm.put_parameter(Name=f"/tree/leaf-{i:02}", Value="a,b", Type="StringList")
    ssm.put_parameter(Name="/tree/deep/er", Value="x", Type="String", Tier="Advanced")
    by_path = ssm.get_paginator("get_parameters_by_path")
    flat = [names(p["Parameters"]) for p in by_path.paginate(Path="/tree")]
    same([len(p) for p in flat], [10, 2], "items in the pages")
    deep = [n for p in by_path.paginate(Path="/tree/", Recursive=True) for n in names(p["Parameters"])]
    same(len(deep), 13)
    only = [{"Key": "Type", "Option": "Equals", "Values": ["String"]}]
    same(names(ssm.get_parameters_by_path(Path="/tree", Recursive=True, ParameterFilters=only)["Parameters"]), ["/tree/deep/er"])
    listed = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/tree/deep"]}])
    same([(p["Name"], p["Tier"], p["Version"]) for p in listed["Parameters"]], [("/tree/deep/er", "Advanced", 1)])
    under = [{"Key": "Path", "Option": "OneLevel", "Values": ["/tree"]}]
    pages = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=under, PaginationConfig={"PageSize": 5})
    same([len(p["Parameters"]) for p in pages], [5, 5, 2])
    got = ssm.get_parameters(Names=["/tree/leaf-01", "/tree/none", "/tree/leaf-00:1"])
    same((names(got["Parameters"]), got["InvalidParameters"]), (["/tree/leaf-00", "/tree/leaf-01"], ["/tree/none"]))
    c.refused("ValidationException", ssm.get_parameters, Names=[f"/tree/{i}" for i in range(11)])
    c.refused("ValidationException", ssm.get_parameters_by_path, text="forward slash", Path="tree")
    c.refused("SandboxUnsupported", ssm.get_parameters_by_path, text="public parameters", Path="/aws/service")
    c.refused("ValidationException", ssm.get_parameters_by_path, Path="/tree", MaxResults=11)
    c.refused("InvalidNextToken", ssm.get_parameters_by_path, Path="/tree", NextToken="x")
    wrong = c.client("ssm", c.members[A], validate=False).describe_parameters
    c.refused("InvalidFilterKey", wrong, ParameterFilters=[{"Key": "Label", "Values": ["x"]}])
    c.refused("InvalidFilterValue", wrong, ParameterFilters=[{"Key": "Name"}])
    c.refused("InvalidFilterOption", wrong, ParameterFilters=[{"Key": "Type", "Option": "Contains", "Values": ["String"]}])
    c.refused("SandboxUnsupported", wrong, text="Filters", Filters=[{"Key": "Name", "Values": ["x"]}])
    gone = ssm.delete_parameters(Names=[*deep[:9], "/tree/none"])
    same((sorted(gone["DeletedParameters"]), gone["InvalidParameters"]), (sorted(deep[:9]), ["/tree/none"]))
    for name in deep[9:]:
        ssm.delete_parameter(Name=name)
    same(ssm.get_parameters_by_path(Path="/tree", Recursive=True)["Parameters"], [])
    c.refused("ParameterNotFound", ssm.delete_parameter, Name=deep[0])
    c.refused("ValidationException", ssm.delete_parameters, Names=[f"/tree/{i}" for i in range(11)])


def flow_tags(c):
    ssm = c.client("ssm", c.members[A])
    what = {"ResourceType": "Parameter", "ResourceId": "/flow/tagged"}
    ssm.put_parameter(Name="/flow/tagged", Value="v", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    ssm.add_tags_to_resource(**what, Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(**what, TagKeys=["a"])
    same(ssm.list_tags_for_resource(**what)["TagList"], [{"Key": "b", "Value": "2"}])
    found = ssm.describe_parameters(ParameterFilters=[{"Key": "tag:b", "Values": ["2"]}])["Parameters"]
    same(names(found), ["/flow/tagged"])
    c.refused("InvalidResourceId", ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/flow/missing")
    many = [{"Key": str(i), "Value": ""} for i in range(50)]
    c.refused("TooManyTagsError", ssm.add_tags_to_resource, **what, Tags=many)


def flow_permissions(c):
    account = c.members[A]
    c.client("ssm", account).put_parameter(Name="/open/a", Value="v", Type="String")
    arn = f"arn:aws:ssm:{c.home}:{account}:parameter"
    may = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:PutParameter"]
    only = policy(allow(may, [f"{arn}/open", f"{arn}/open/*"]))
    keys = c.assume(c.role_arn(account, "OrganizationAccountAccessRole"), Policy=only)
    ssm = c.client("ssm", account, keys=keys)
    same(ssm.get_parameter(Name="/open/a")["Parameter"]["Value"], "v")
    same(names(ssm.get_parameters_by_path(Path="/open")["Parameters"]), ["/open/a"])
    same(ssm.put_parameter(Name="/open/b", Value="v", Type="String")["Version"], 1)

    def denied(call, text, **arguments):
        c.refused("AccessDeniedException", call, text=text, status=400, **arguments)

    denied(ssm.get_parameter, f"ssm:GetParameter on resource: {arn}/closed", Name="/closed")
    denied(ssm.get_parameters, f"{arn}/closed", Names=["/open/a", "/closed"])
    denied(ssm.get_parameters_by_path, f"{arn}/", Path="/")
    denied(ssm.delete_parameter, "ssm:DeleteParameter", Name="/open/a")
    denied(ssm.describe_parameters, "ssm:DescribeParameters")
    denied(
        ssm.put_parameter, "ssm:AddTagsToResource", Name="/open/c", Value="v", Type="String", Tags=[{"Key": "a", "Value": "1"}]
    )
