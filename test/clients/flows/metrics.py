"""CloudWatch: what Lambda's functions report, and alarms on it (reference sheet, control §4)."""

import datetime
import gzip
import json
import pathlib
import tempfile

import boto3
import botocore
import botocore.session

from world import allow, expect, policy, same

A = 20  # index of the account that these flows use for alarms
HOUR = datetime.timedelta(hours=1)


def query(name, metric, function, stat="Sum", period=3600, **resource):
    dimensions = {"FunctionName": function, **resource}
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": metric,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
            },
            "Period": period,
            "Stat": stat,
        },
    }


def now(c):
    """The sandbox's time, to the minute: a function that is made now says it."""
    made = c.function(c.members[A], f"clock-{len(c.answers)}-{sum(c.answers.values())}", wait=False)
    return datetime.datetime.fromisoformat(made["LastModified"]).replace(second=0, microsecond=0)


def busiest(c):
    """The account and the function with the most calls of the day, of the home Region, and how many."""
    best = (0, "", "")
    until = now(c)
    for account in c.members:
        names = [f["FunctionName"] for f in c.client("lambda", account).list_functions()["Functions"]]
        got = c.client("cloudwatch", account).get_metric_data(
            StartTime=until - 24 * HOUR,
            EndTime=until,
            MetricDataQueries=[query(f"m{i}", "Invocations", name, period=86400) for i, name in enumerate(names)],
        )
        for i, r in enumerate(got["MetricDataResults"]):
            same(r["StatusCode"], "Complete")
            best = max(best, (sum(r["Values"]), account, names[i]))
    expect(best[0] > 500, "the busiest function has", best[0], "calls a day")
    return best[1], best[2], until


def flow_data(c):
    account, name, until = busiest(c)
    watch = c.client("cloudwatch", account)
    span = {"StartTime": until - 24 * HOUR, "EndTime": until - HOUR}
    got = watch.get_metric_data(
        **span,
        MetricDataQueries=[
            query("minutes", "Invocations", name, period=60),
            query("hours", "Invocations", name),
            query("plain", "Invocations", name, Resource=name),
            query("latest", "Invocations", name, Resource=name + ":$LATEST"),
            query("alias", "Invocations", name, Resource=name + ":live"),
            query("errors", "Errors", name),
            query("length", "Duration", name, stat="Average"),
            query("throttles", "Throttles", name),
            query("together", "ConcurrentExecutions", name, stat="Maximum"),
        ],
        ScanBy="TimestampAscending",
    )
    same(got["Messages"], [])
    results = {r["Id"]: r for r in got["MetricDataResults"]}
    total = {k: sum(r["Values"]) for k, r in results.items()}
    same(total["minutes"], total["hours"])
    same(total["plain"] + total["latest"] + total["alias"], total["hours"], "by Resource, all added up")
    expect(0 <= total["errors"] < total["hours"], "errors", total["errors"])
    same(total["throttles"], 0)
    expect(all(v > 0 for r in results.values() for v in r["Values"]), "a zero was sent")
    expect(results["length"]["Values"][0] > 1, "milliseconds")
    stamps = results["minutes"]["Timestamps"]
    same(stamps, sorted(stamps))
    same(stamps[0].tzinfo is not None and stamps[0].second, 0)

    pages = watch.get_paginator("get_metric_data").paginate(
        **span, MetricDataQueries=[query("minutes", "Invocations", name, period=60)], PaginationConfig={"PageSize": 100}
    )
    values = [v for p in pages for r in p["MetricDataResults"] for v in r["Values"]]
    same(sum(values), total["minutes"], "over pages")

    old = watch.get_metric_statistics(
        **span,
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        Period=3600,
        Statistics=["Sum", "SampleCount"],
        Unit="Count",
    )
    same(old["Label"], "Invocations")
    same(sum(d["Sum"] for d in old["Datapoints"]), total["hours"])

    listed = [m for p in watch.get_paginator("list_metrics").paginate(Namespace="AWS/Lambda") for m in p["Metrics"]]
    keys = [(m["MetricName"], tuple((d["Name"], d["Value"]) for d in m["Dimensions"])) for m in listed]
    same(len(keys), len(set(keys)))
    expect(("Invocations", (("FunctionName", name),)) in keys, "Invocations of", name, "are not listed")
    expect(not any(k[0] == "Throttles" for k in keys), "Throttles have no data")
    mine = watch.list_metrics(MetricName="Duration", Dimensions=[{"Name": "FunctionName", "Value": name}])["Metrics"]
    same({m["MetricName"] for m in mine}, {"Duration"})


def flow_older_protocols(c):
    """JSON and Query, which older clients speak, say the same as CBOR, which this one prefers."""
    account, name, until = busiest(c)
    built_in = pathlib.Path(botocore.__file__).parent / "data" / "cloudwatch" / "2010-08-01"
    model = json.loads(gzip.decompress((built_in / "service-2.json.gz").read_bytes()))
    same(model["metadata"]["protocols"], ["smithy-rpc-v2-cbor", "json", "query"])
    ask = {
        "StartTime": until - 3 * HOUR,
        "EndTime": until - HOUR,
        "MetricDataQueries": [
            query("a", "Invocations", name, period=300),
            query("b", "Duration", name, stat="Average"),
        ],
    }
    want = c.client("cloudwatch", account).get_metric_data(**ask)["MetricDataResults"]
    for protocol in ("json", "query"):
        with tempfile.TemporaryDirectory() as folder:
            model["metadata"].update(protocols=[protocol], protocol=protocol)
            home = pathlib.Path(folder) / "cloudwatch" / "2010-08-01"
            home.mkdir(parents=True)
            (home / "service-2.json").write_text(json.dumps(model))
            session = botocore.session.Session()
            session.set_config_variable("data_path", folder)
            watch = boto3.Session(botocore_session=session).client(
                "cloudwatch", region_name=c.home, aws_access_key_id=account, aws_secret_access_key=c.secret
            )
            got = watch.get_metric_data(**ask)
            kind = got["ResponseMetadata"]["HTTPHeaders"]["content-type"]
            expect({"json": "application/x-amz-json-1.0", "query": "text/xml"}[protocol] in kind, protocol, kind)
            same(got["MetricDataResults"], want, protocol)
            text = "1 validation error detected: Value 'BAD' at 'stateValue' failed to satisfy constraint"
            c.refused(
                "ValidationError", watch.set_alarm_state, text, 400, AlarmName="x", StateValue="BAD", StateReason="r"
            )
            c.refused(
                "ResourceNotFound", watch.set_alarm_state, status=404, AlarmName="x", StateValue="OK", StateReason="r"
            )


def flow_refused(c):
    watch = c.client("cloudwatch", c.members[A])
    until = now(c)
    span = {"StartTime": until - HOUR, "EndTime": until}
    base = query("a", "Errors", "f")

    def bad(text, code="SandboxUnsupported", queries=None, **change):
        c.refused(code, watch.get_metric_data, text, 400, **span, MetricDataQueries=queries or [{**base, **change}])

    bad("MetricDataQueries.Expression", queries=[{"Id": "a", "Expression": "SEARCH('AWS/Lambda', 'Sum')"}])
    bad("the statistic p99", MetricStat={**base["MetricStat"], "Stat": "p99"})
    bad("the metric IteratorAge", queries=[query("a", "IteratorAge", "f")])
    bad("must not have a size greater than 500", "ValidationError", [query(f"a{i}", "Errors", "f") for i in range(501)])
    bad("not unique", "ValidationError", [base, base])
    c.refused(
        "InvalidParameterCombination",
        watch.get_metric_statistics,
        "exceeds the limit of 1,440",
        400,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        StartTime=until - 48 * HOUR,
        EndTime=until,
        Period=60,
        Statistics=["Sum"],
    )
    c.refused("SandboxUnsupported", watch.put_metric_data, "PutMetricData", Namespace="Shop", MetricData=[])
    c.refused("SandboxUnsupported", watch.list_dashboards, "ListDashboards")
    c.refused("InvalidNextToken", watch.describe_alarms, NextToken="x")

    role = c.role(c.members[A], "FlowWatcher", "lambda.amazonaws.com", allow("cloudwatch:ListMetrics"))
    iam = c.client("iam", c.members[A])
    iam.update_assume_role_policy(
        RoleName="FlowWatcher",
        PolicyDocument=policy({"Effect": "Allow", "Principal": {"AWS": c.members[A]}, "Action": "sts:AssumeRole"}),
    )
    keys = c.assume(role, caller=c.client("sts", c.members[A]))
    watcher = c.client("cloudwatch", keys=keys)
    watcher.list_metrics()
    c.refused(
        "AccessDenied",
        watcher.get_metric_data,
        "is not authorized to perform: cloudwatch:GetMetricData",
        403,
        **span,
        MetricDataQueries=[base],
    )


def flow_alarms(c):
    account = c.members[A]
    watch = c.client("cloudwatch", account)
    base = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "nobody"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }
    for name in ("flow-a", "flow-b"):
        watch.put_metric_alarm(AlarmName=name, **base, Tags=[{"Key": "team", "Value": "orders"}])
    watch.put_composite_alarm(AlarmName="flow-any", AlarmRule='ALARM("flow-a") OR ALARM(flow-b)', AlarmDescription="d")
    got = watch.describe_alarms(AlarmNamePrefix="flow-")
    same([a["AlarmName"] for a in got["MetricAlarms"]], ["flow-a", "flow-b"])
    same(got["CompositeAlarms"], [], "composite alarms are left out")
    got = watch.describe_alarms(AlarmNamePrefix="flow-", AlarmTypes=["CompositeAlarm"])
    same((got["MetricAlarms"], len(got["CompositeAlarms"])), ([], 1))
    arn = f"arn:aws:cloudwatch:{c.home}:{account}:alarm:flow-a"
    alarm = watch.describe_alarms(AlarmNames=["flow-a"])["MetricAlarms"][0]
    same(
        {k: alarm[k] for k in ("AlarmArn", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions")},
        {"AlarmArn": arn, "ActionsEnabled": True, "OKActions": [], "AlarmActions": [], "InsufficientDataActions": []},
    )
    expect("TreatMissingData" not in alarm and "AlarmDescription" not in alarm, "members that were not given")

    watch.set_alarm_state(AlarmName="flow-b", StateValue="ALARM", StateReason="a test", StateReasonData='{"a": 1}')
    history = {"HistoryItemType": "StateUpdate", "ScanBy": "TimestampAscending"}
    first = watch.describe_alarm_history(AlarmName="flow-b", **history)["AlarmHistoryItems"][0]
    same(first["HistorySummary"], "Alarm updated from INSUFFICIENT_DATA to ALARM")
    data = json.loads(first["HistoryData"])
    same(data["newState"], {"stateValue": "ALARM", "stateReason": "a test", "stateReasonData": {"a": 1}})
    # The metric has no data: the alarm returns to its own state by itself, and the composite alarm goes along.
    composite = {"AlarmTypes": ["CompositeAlarm"], "AlarmName": "flow-any"}

    def changes():
        items = watch.describe_alarm_history(**composite, **history)["AlarmHistoryItems"]
        return [i["HistorySummary"].removeprefix("Alarm updated from ") for i in items]

    c.until("the way back", lambda: changes()[-1:] == ["ALARM to OK"])
    expect("OK to ALARM" in changes() or "INSUFFICIENT_DATA to ALARM" in changes(), changes())
    same(watch.describe_alarms(AlarmNames=["flow-b"])["MetricAlarms"][0]["StateValue"], "INSUFFICIENT_DATA")

    family = watch.describe_alarms(ChildrenOfAlarmName="flow-any")["MetricAlarms"]
    same([set(a) for a in family], [{"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}] * 2)
    same(watch.describe_alarms(ParentsOfAlarmName="flow-a")["CompositeAlarms"][0]["AlarmName"], "flow-any")
    pages = watch.get_paginator("describe_alarms").paginate(AlarmNamePrefix="flow-", PaginationConfig={"PageSize": 1})
    same([len(p["MetricAlarms"]) for p in pages], [1, 1])

    watch.tag_resource(ResourceARN=arn, Tags=[{"Key": "env", "Value": "prod"}])
    watch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    same(watch.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "env", "Value": "prod"}])

    def bad(text, code="ValidationError", **change):
        c.refused(code, watch.put_metric_alarm, text, 400, **{"AlarmName": "flow-bad", **base, **change})

    bad("AlarmActions", "SandboxUnsupported", AlarmActions=[f"arn:aws:sns:{c.home}:{account}:topic"])
    bad("GreaterThanUpperThreshold", "SandboxUnsupported", ComparisonOperator="GreaterThanUpperThreshold")
    bad("across more than a day", EvaluationPeriods=1441)
    c.refused(
        "ValidationError",
        watch.put_composite_alarm,
        "alarms [none] in the alarm rule do not exist",
        400,
        AlarmName="flow-bad",
        AlarmRule="ALARM(none)",
    )
    c.refused("ValidationError", watch.put_composite_alarm, "Invalid AlarmRule", AlarmName="flow-bad", AlarmRule="x")
    c.refused("ValidationError", watch.delete_alarms, "Cannot delete flow-a as there are", AlarmNames=["flow-a"])
    watch.delete_alarms(AlarmNames=["flow-any"])
    watch.delete_alarms(AlarmNames=["flow-a", "flow-b"])
    c.sleep(1)  # three a second are allowed
    c.refused("ResourceNotFound", watch.delete_alarms, status=404, AlarmNames=["flow-a"])
    left = watch.describe_alarm_history(AlarmName="flow-a")["AlarmHistoryItems"]
    expect(len(left) >= 2, "the history of a deleted alarm")


def flow_tags(c):
    """The Resource Groups Tagging API: what is tagged, of all services, a hundred a page."""
    account = c.members[A]
    tags = c.client("resourcegroupstaggingapi", account)
    lam, watch = c.client("lambda", account), c.client("cloudwatch", account)
    made = c.function(account, "tagged", Tags={"flow": "tags", "stage": "x"})["FunctionArn"]
    c.function(account, "untagged")
    once = c.function(account, "tagged-once", Tags={"flow": "gone"})["FunctionArn"]
    lam.untag_resource(Resource=once, TagKeys=["flow"])
    watch.put_metric_alarm(
        AlarmName="tagged",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "tagged"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        Tags=[{"Key": "flow", "Value": "tags"}],
    )
    c.client("ssm", account).put_parameter(
        Name="/tagged/one", Type="String", Value="x", Tags=[{"Key": "flow", "Value": "tags"}]
    )
    alarm = f"arn:aws:cloudwatch:{c.home}:{account}:alarm:tagged"
    parameter = f"arn:aws:ssm:{c.home}:{account}:parameter/tagged/one"

    def found(**arguments):
        pages = tags.get_paginator("get_resources").paginate(**arguments)
        resources = [r for p in pages for r in p["ResourceTagMappingList"]]
        return {r["ResourceARN"]: {t["Key"]: t["Value"] for t in r["Tags"]} for r in resources}

    same(
        found(TagFilters=[{"Key": "flow", "Values": ["tags", "other"]}]),
        {alarm: {"flow": "tags"}, made: {"flow": "tags", "stage": "x"}, parameter: {"flow": "tags"}},
    )
    same(set(found(TagFilters=[{"Key": "flow"}, {"Key": "stage"}])), {made})
    functions = found(ResourceTypeFilters=["lambda:function"], PaginationConfig={"PageSize": 2})
    same((functions[made], functions[once]), ({"flow": "tags", "stage": "x"}, {}), "tagged now, tagged once")
    expect(made.replace(":tagged", ":untagged") not in functions, "a function without tags")
    same(found(ResourceARNList=[made, made + "-none"]), {made: {"flow": "tags", "stage": "x"}})
    c.refused("InvalidParameterException", tags.get_resources, "between 1 and 100", 400, ResourcesPerPage=101)
    c.refused("SandboxUnsupported", tags.get_resources, "IncludeComplianceDetails", IncludeComplianceDetails=True)
    c.refused("SandboxUnsupported", tags.get_tag_keys, "GetTagKeys")
