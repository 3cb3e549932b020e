"""AWS Config's recorder, configuration items, queries and aggregators (reference sheet §3.1 to §3.4)."""

import json

from world import expect, same

A, RECORDER, ASKER = 5, 6, 7  # indexes of the accounts that these flows use
FUNCTION = "AWS::Lambda::Function"


def flow_no_recorder(c):
    """An account without a recorder sees nothing and can have no rule; queries are empty there, not an error."""
    expect(c.unrecorded, "the fleet has no account without a recorder")
    account = c.unrecorded[0]
    config = c.client("config", account)
    same(config.describe_configuration_recorders()["ConfigurationRecorders"], [])
    rule = {
        "ConfigRuleName": "none",
        "Source": {
            "Owner": "CUSTOM_POLICY",
            "SourceDetails": [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}],
            "CustomPolicyDetails": {
                "PolicyRuntime": "guard-2.x.x",
                "PolicyText": "rule a { configuration.timeout > 0 }",
            },
        },
    }
    none = "NoAvailableConfigurationRecorderException"
    c.refused(none, config.put_config_rule, status=400, ConfigRule=rule)
    c.refused(none, config.list_discovered_resources, resourceType=FUNCTION)
    c.refused(none, config.get_resource_config_history, resourceType=FUNCTION, resourceId="f")
    c.refused(none, config.batch_get_resource_config, resourceKeys=[{"resourceType": FUNCTION, "resourceId": "f"}])
    c.refused(none, config.put_delivery_channel, DeliveryChannel={"name": "default", "s3BucketName": "b"})
    same(
        config.select_resource_config(Expression=f"SELECT resourceId WHERE resourceType = '{FUNCTION}'")["Results"], []
    )


def flow_recorder_life(c):
    account, region = c.members[RECORDER], c.away
    config = c.client("config", account, region)
    before = config.describe_configuration_recorders()["ConfigurationRecorders"][0]
    same((before["name"], before["recordingMode"]["recordingFrequency"]), ("default", "CONTINUOUS"))
    status = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]
    same((status["recording"], status["lastStatus"]), (True, "Success"))
    same(config.describe_delivery_channel_status()["DeliveryChannelsStatus"][0]["name"], "default")
    c.refused("LastDeliveryChannelDeleteFailedException", config.delete_delivery_channel, DeliveryChannelName="default")
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    expect(
        not config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"],
        "recording after a stop",
    )
    config.delete_delivery_channel(DeliveryChannelName="default")
    c.refused(
        "NoAvailableDeliveryChannelException", config.start_configuration_recorder, ConfigurationRecorderName="default"
    )
    c.refused("NoSuchDeliveryChannelException", config.describe_delivery_channels, DeliveryChannelNames=["default"])
    config.delete_configuration_recorder(ConfigurationRecorderName="default")
    c.refused(
        "NoSuchConfigurationRecorderException",
        config.describe_configuration_recorders,
        ConfigurationRecorderNames=["default"],
    )
    c.refused(
        "InvalidRoleException",
        config.put_configuration_recorder,
        ConfigurationRecorder={"name": "default", "roleARN": before["roleARN"].replace(":role/", ":user/")},
    )

    daily = {
        "name": "nightly",
        "roleARN": before["roleARN"],
        "recordingGroup": {"allSupported": False, "resourceTypes": [FUNCTION]},
        "recordingMode": {"recordingFrequency": "DAILY"},
    }
    config.put_configuration_recorder(ConfigurationRecorder=daily)
    c.refused(
        "MaxNumberOfConfigurationRecordersExceededException",
        config.put_configuration_recorder,
        ConfigurationRecorder={**daily, "name": "second"},
    )
    c.refused(
        "InvalidRecordingGroupException",
        config.put_configuration_recorder,
        ConfigurationRecorder={**daily, "recordingGroup": {"allSupported": True, "resourceTypes": [FUNCTION]}},
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "bucket", "s3KeyPrefix": "p"})
    c.refused(
        "MaxNumberOfDeliveryChannelsExceededException",
        config.put_delivery_channel,
        DeliveryChannel={"name": "two", "s3BucketName": "bucket"},
    )
    same(config.describe_delivery_channels()["DeliveryChannels"][0]["s3KeyPrefix"], "p")
    config.start_configuration_recorder(ConfigurationRecorderName="nightly")
    got = config.describe_configuration_recorders(ConfigurationRecorderNames=["nightly"])["ConfigurationRecorders"][0]
    same((got["recordingMode"]["recordingFrequency"], got["recordingGroup"]["resourceTypes"]), ("DAILY", [FUNCTION]))
    expect(got["arn"].startswith(f"arn:aws:config:{region}:{account}:configuration-recorder/nightly/"), got["arn"])


def flow_items(c):
    account = c.members[A]
    config, lam = c.client("config", account), c.client("lambda", account)
    layer = c.layer(account, "recorded", "x = 1")
    made = c.function(account, "recorded", Layers=[layer], Tags={"team": "red"})

    def item(check=lambda i: True):
        for i in config.get_resource_config_history(resourceType=FUNCTION, resourceId="recorded")["configurationItems"]:
            return check(i) and i
        return None

    def found():
        return [
            r["resourceId"]
            for p in config.get_paginator("list_discovered_resources").paginate(resourceType=FUNCTION)
            for r in p["resourceIdentifiers"]
        ]

    c.until("the item", lambda: "recorded" in found())
    got = c.until("the item of the active function", lambda: item(lambda i: '"Active"' in i["configuration"]))
    same(
        (got["resourceId"], got["resourceName"], got["arn"], got["accountId"], got["awsRegion"]),
        ("recorded", "recorded", made["FunctionArn"], account, c.home),
    )
    same(got["tags"], {"team": "red"})
    conf = json.loads(got["configuration"])
    same((conf["functionName"], conf["version"], conf["state"]["value"]), ("recorded", "$LATEST", "Active"))
    same([x["arn"] for x in conf["layers"]], [layer])
    expect("environment" not in conf, "environment variables are recorded")

    lam.update_function_configuration(FunctionName="recorded", Layers=[])
    c.updated(lam, "recorded")
    empty = c.until("the item of the change", lambda: item(lambda i: json.loads(i["configuration"])["layers"] == []))
    expect(empty["configurationItemCaptureTime"] > got["configurationItemCaptureTime"], "capture times")
    forward = config.get_resource_config_history(
        resourceType=FUNCTION, resourceId="recorded", chronologicalOrder="Forward"
    )["configurationItems"]
    same(forward[0]["configurationItemStatus"], "ResourceDiscovered")
    base = config.batch_get_resource_config(resourceKeys=[{"resourceType": FUNCTION, "resourceId": "recorded"}])
    same(json.loads(base["baseConfigurationItems"][0]["configuration"])["layers"], [])
    counts = config.get_discovered_resource_counts(resourceTypes=[FUNCTION])
    same(counts["totalDiscoveredResources"], len(found()))
    c.refused(
        "ResourceNotDiscoveredException", config.get_resource_config_history, resourceType=FUNCTION, resourceId="nobody"
    )

    lam.delete_function(FunctionName="recorded")
    c.until("the deletion", lambda: "recorded" not in found())
    same(item()["configurationItemStatus"], "ResourceDeleted")
    gone = config.list_discovered_resources(
        resourceType=FUNCTION, includeDeletedResources=True, resourceIds=["recorded"]
    )["resourceIdentifiers"]
    expect(gone and gone[0]["resourceDeletionTime"], gone)


def flow_select(c):
    account = c.members[ASKER]
    config = c.client("config", account)
    mine, other = c.layer(account, "mine", "x = 1"), c.layer(account, "other", "y = 1")
    for name, layers in (("both", [other, mine]), ("one", [mine]), ("elsewhere", [other]), ("bare", [])):
        c.function(account, "asked-" + name, Layers=layers, MemorySize=512 if name == "one" else 128)

    def ask(text, client=config, **more):
        out = client.select_resource_config(Expression=text, **more)
        return [json.loads(r) for r in out["Results"]]

    def users(condition):
        return sorted(
            r["resourceId"]
            for r in ask(
                f"SELECT resourceId WHERE resourceType = '{FUNCTION}' AND resourceId LIKE 'asked-%' AND {condition}"
            )
        )

    c.until("the items", lambda: len(users("configuration.memorySize > 0")) == 4)
    c.until("the layers", lambda: users(f"configuration.layers.arn = '{mine}'") == ["asked-both", "asked-one"])
    same(users(f"configuration.layers.arn IN ('{mine}', '{other}')"), ["asked-both", "asked-elsewhere", "asked-one"])
    same(users(f"NOT configuration.layers.arn = '{mine}'"), ["asked-bare", "asked-elsewhere"])
    same(
        users(f"configuration.layers.arn = '{mine}' AND configuration.layers.arn = '{other}'"),
        ["asked-both"],
        "each condition over all elements",
    )
    same(users("configuration.memorySize BETWEEN 200 AND 600"), ["asked-one"])
    row = ask(
        f"SELECT resourceId, configuration.layers.arn, configuration.memorySize WHERE resourceId = 'asked-both' AND resourceType = '{FUNCTION}'"
    )[0]
    same(row["resourceId"], "asked-both")
    same([x["arn"] for x in row["configuration"]["layers"]], [other, mine])
    grouped = ask(
        f"SELECT configuration.memorySize, COUNT(*) WHERE resourceType = '{FUNCTION}' AND resourceId LIKE 'asked-%' GROUP BY configuration.memorySize ORDER BY COUNT(*) DESC"
    )
    same([g["COUNT(*)"] for g in grouped], [3, 1])
    out = config.select_resource_config(
        Expression=f"SELECT resourceId, configuration.runtime WHERE resourceType = '{FUNCTION}'", Limit=2
    )
    same([f["Name"] for f in out["QueryInfo"]["SelectFields"]], ["resourceId", "configuration.runtime"])
    same(len(out["Results"]), 2)
    expect(out["NextToken"], "no token after 2 of at least 4")
    bad = "InvalidExpressionException"
    for text in (
        "SELECT",
        "resourceId",
        "SELECT resourceId WHERE resourceType =",
        "SELECT DISTINCT resourceId",
        "SELECT resourceId FROM items",
        "SELECT resourceId WHERE resourceType = 'a' UNION SELECT arn",
        "SELECT COUNT(*) HAVING COUNT(*) > 1",
        "SELECT resourceId WHERE resourceId LIKE '%x'",
        "SELECT SUM(COUNT(*))",
    ):
        c.refused(bad, config.select_resource_config, status=400, Expression=text)
    c.refused("InvalidLimitException", config.select_resource_config, Expression="SELECT resourceId", Limit=101)
    c.refused(
        "InvalidNextTokenException", config.select_resource_config, Expression="SELECT resourceId", NextToken="nonsense"
    )


def flow_select_aggregate(c):
    """What a member records comes to the organization's aggregator after a while."""
    config, account = c.client("config"), c.members[ASKER]
    layer = c.layer(account, "aggregated", "x = 1", region=c.away)
    c.function(account, "aggregated", region=c.away, Layers=[layer])
    text = f"SELECT resourceId, accountId, awsRegion, configuration.layers.arn WHERE resourceType = '{FUNCTION}' AND configuration.layers.arn = '{layer}'"

    def ask(expression=text, **more):
        return config.select_aggregate_resource_config(
            Expression=expression, ConfigurationAggregatorName=c.aggregator, **more
        )

    row = json.loads(c.until("the aggregated item", lambda: ask()["Results"])[0])
    same((row["resourceId"], row["accountId"], row["awsRegion"]), ("aggregated", account, c.away))
    paginator = config.get_paginator("select_aggregate_resource_config")
    everything = f"SELECT accountId, awsRegion, resourceId WHERE resourceType = '{FUNCTION}'"
    rows = [
        json.loads(r)
        for p in paginator.paginate(
            Expression=everything, ConfigurationAggregatorName=c.aggregator, PaginationConfig={"PageSize": 100}
        )
        for r in p["Results"]
    ]
    names = {(r["accountId"], r["awsRegion"], r["resourceId"]) for r in rows}
    same(len(names), len(rows), "each row once")
    seen = {r["accountId"] for r in rows}
    expect(not seen & set(c.unrecorded), "an account without a recorder is seen")
    same(len(ask(everything)["Results"]), 25, "rows in a page when none is asked for")
    counted = ask(f"SELECT accountId, COUNT(*) WHERE resourceType = '{FUNCTION}' GROUP BY accountId")["Results"]
    same(
        {json.loads(r)["accountId"]: json.loads(r)["COUNT(*)"] for r in counted},
        {a: sum(r["accountId"] == a for r in rows) for a in seen},
    )
    c.refused(
        "NoSuchConfigurationAggregatorException",
        config.select_aggregate_resource_config,
        Expression=text,
        ConfigurationAggregatorName="none",
    )
    c.refused("InvalidLimitException", ask, Limit=101)
    c.refused("InvalidExpressionException", ask, expression="SELECT resourceId WHERE accountId = '1' UNION SELECT arn")


def flow_aggregators(c):
    """An account-based aggregator sees a source from its authorization on; one of the organization needs none."""
    asker, source, region = c.members[ASKER], c.members[A], c.home
    config, theirs = c.client("config", asker), c.client("config", source)
    made = config.put_configuration_aggregator(
        ConfigurationAggregatorName="some",
        AccountAggregationSources=[{"AccountIds": [source], "AwsRegions": [region]}],
        Tags=[{"Key": "k", "Value": "v"}],
    )["ConfigurationAggregator"]
    expect(
        made["ConfigurationAggregatorArn"].startswith(
            f"arn:aws:config:{region}:{asker}:config-aggregator/config-aggregator-"
        ),
        made,
    )

    def status(**more):
        return config.describe_configuration_aggregator_sources_status(ConfigurationAggregatorName="some", **more)[
            "AggregatedSourceStatusList"
        ]

    c.until(
        "the failure",
        lambda: [
            s for s in status(UpdateStatus=["FAILED"]) if s["SourceId"] == source and s["SourceType"] == "ACCOUNT"
        ],
    )
    granted = theirs.put_aggregation_authorization(AuthorizedAccountId=asker, AuthorizedAwsRegion=region)[
        "AggregationAuthorization"
    ]
    same(
        [a["AuthorizedAccountId"] for a in theirs.describe_aggregation_authorizations()["AggregationAuthorizations"]],
        [asker],
    )
    expect(granted["AggregationAuthorizationArn"].endswith(f"aggregation-authorization/{asker}/{region}"), granted)
    c.until("the success", lambda: [s for s in status() if s["LastUpdateStatus"] == "SUCCEEDED"])
    theirs.delete_aggregation_authorization(AuthorizedAccountId=asker, AuthorizedAwsRegion=region)
    same(
        [
            a["ConfigurationAggregatorName"]
            for a in config.describe_configuration_aggregators()["ConfigurationAggregators"]
        ],
        ["some"],
    )
    config.delete_configuration_aggregator(ConfigurationAggregatorName="some")
    none = "NoSuchConfigurationAggregatorException"
    c.refused(none, config.describe_configuration_aggregators, ConfigurationAggregatorNames=["some"])
    c.refused(none, config.delete_configuration_aggregator, ConfigurationAggregatorName="some")
    role = c.role(asker, "aggregate", "config.amazonaws.com")
    c.refused(
        "OrganizationAccessDeniedException",
        config.put_configuration_aggregator,
        ConfigurationAggregatorName="all",
        OrganizationAggregationSource={"RoleArn": role, "AllAwsRegions": True},
    )
    central = c.client("config").describe_configuration_aggregator_sources_status(
        ConfigurationAggregatorName=c.aggregator
    )["AggregatedSourceStatusList"]
    expect({s["SourceType"] for s in central} >= {"ORGANIZATION"}, central[:3])


def flow_stored_queries(c):
    config = c.client("config", c.members[ASKER])
    arn = config.put_stored_query(
        StoredQuery={"QueryName": "outdated", "Description": "d", "Expression": "SELECT resourceId"},
        Tags=[{"Key": "k", "Value": "v"}],
    )["QueryArn"]
    config.put_stored_query(StoredQuery={"QueryName": "outdated", "Expression": "SELECT arn"})
    got = config.get_stored_query(QueryName="outdated")["StoredQuery"]
    same((got["Expression"], got["QueryArn"]), ("SELECT arn", arn))
    same([q["QueryName"] for q in config.list_stored_queries()["StoredQueryMetadata"]], ["outdated"])
    config.tag_resource(ResourceArn=arn, Tags=[{"Key": "l", "Value": "w"}])
    config.untag_resource(ResourceArn=arn, TagKeys=["k"])
    same(config.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "l", "Value": "w"}])
    c.refused(
        "ValidationException",
        config.put_stored_query,
        StoredQuery={"QueryName": "no spaces", "Expression": "SELECT arn"},
    )
    config.delete_stored_query(QueryName="outdated")
    c.refused("ResourceNotFoundException", config.get_stored_query, QueryName="outdated")
    c.refused("ResourceNotFoundException", config.delete_stored_query, QueryName="outdated")
    c.refused("ResourceNotFoundException", config.list_tags_for_resource, ResourceArn=arn)
