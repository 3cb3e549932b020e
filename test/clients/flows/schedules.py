"""EventBridge Scheduler with universal targets (reference sheet §6.4)."""

import datetime
import json

from world import allow, same

A = 17  # index of the account that these flows use
TAG = "arn:aws:scheduler:::aws-sdk:lambda:tagResource"


def flow_life(c):
    account = c.members[A]
    scheduler = c.client("scheduler", account)
    role = c.role(account, "FlowSchedule", "scheduler.amazonaws.com", allow("lambda:TagResource"))
    target = {"Arn": TAG, "RoleArn": role, "Input": json.dumps({"Resource": "x", "Tags": {}})}
    base = {
        "Name": "life",
        "ScheduleExpression": "rate(30 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    made = scheduler.create_schedule(
        **base, Description="d", State="DISABLED", ScheduleExpressionTimezone="Europe/Rome", ClientToken="t1"
    )["ScheduleArn"]
    same(made, f"arn:aws:scheduler:{c.home}:{account}:schedule/default/life")
    c.refused("ConflictException", scheduler.create_schedule, status=409, **base)
    got = scheduler.get_schedule(Name="life", GroupName="default")
    same(
        (got["State"], got["Description"], got["ScheduleExpressionTimezone"], got["GroupName"]),
        ("DISABLED", "d", "Europe/Rome", "default"),
    )
    same(
        got["Target"]["RetryPolicy"],
        {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        "what an unset policy means",
    )
    scheduler.update_schedule(**base)
    got = scheduler.get_schedule(Name="life")
    same(
        (got["State"], got.get("Description"), got["ScheduleExpressionTimezone"]),
        ("ENABLED", None, "UTC"),
        "an update replaces everything",
    )
    for i in range(3):
        scheduler.create_schedule(**{**base, "Name": f"page-{i}"})
    pages = list(
        scheduler.get_paginator("list_schedules").paginate(NamePrefix="page-", PaginationConfig={"PageSize": 2})
    )
    same([[s["Name"] for s in p["Schedules"]] for p in pages], [["page-0", "page-1"], ["page-2"]])
    same(scheduler.list_schedules(State="DISABLED")["Schedules"], [])
    for name in ("life", "page-0", "page-1", "page-2"):
        scheduler.delete_schedule(Name=name)
    for call in ("get_schedule", "delete_schedule"):
        c.refused(
            "ResourceNotFoundException",
            getattr(scheduler, call),
            status=404,
            text="Schedule life does not exist.",
            Name="life",
        )
    c.refused("ResourceNotFoundException", scheduler.update_schedule, status=404, **base)


def flow_refused(c):
    account = c.members[A]
    scheduler = c.client("scheduler", account)
    role = c.role(account, "FlowSchedule2", "scheduler.amazonaws.com")
    other = c.role(account, "FlowNotForScheduler", "lambda.amazonaws.com")
    target = {"Arn": TAG, "RoleArn": role, "Input": "{}"}
    base = {
        "Name": "refused",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }

    def bad(text="", code="ValidationException", **change):
        c.refused(code, scheduler.create_schedule, text=text, status=400, **{**base, **change})

    for expression in (
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(10)",
        "rate()",
        "rate(-10 minutes)",
        " rate(10 minutes)",
        "rate( 10 minutes )",
        "at(2030-01-01T00:00:00Z)",
        "at(2030-01-01)",
        "cron(0 1 * * *)",
        "every hour",
    ):
        bad(f"Invalid Schedule Expression {expression}.", ScheduleExpression=expression)
    bad(FlexibleTimeWindow={"Mode": "FLEXIBLE"})
    bad(ScheduleExpressionTimezone="Mars/Olympus")
    bad(Name="no spaces")
    c.refused("ResourceNotFoundException", scheduler.create_schedule, status=404, **base, GroupName="none")
    for action in (
        "config:selectAggregateResourceConfig",
        "lambda:getFunction",
        "lambda:listFunctions",
        "ssm:describeDocument",
    ):
        bad(action.split(":")[1], Target={**target, "Arn": "arn:aws:scheduler:::aws-sdk:" + action})
    bad(Target={**target, "Input": "not json"})
    bad("must allow AWS EventBridge Scheduler to assume the role", Target={**target, "RoleArn": other})
    bad("CopyObject", code="SandboxUnsupported", Target={**target, "Arn": "arn:aws:scheduler:::aws-sdk:s3:copyObject"})
    bad(code="SandboxUnsupported", Target={**target, "Arn": f"arn:aws:lambda:{c.home}:{account}:function:f"})
    c.refused("ResourceNotFoundException", scheduler.get_schedule, Name="refused")


def flow_runs(c):
    """A rate comes round again and again; a moment comes once, and the schedule then deletes itself if told to."""
    account = c.members[A]
    scheduler, lam = c.client("scheduler", account), c.client("lambda", account)
    role = c.role(account, "FlowSchedule3", "scheduler.amazonaws.com", allow("lambda:TagResource"))
    arn = c.function(account, "timed")["FunctionArn"]

    def target(tag):
        return {"Arn": TAG, "RoleArn": role, "Input": json.dumps({"Resource": arn, "Tags": {tag: "1"}})}

    off = {"Mode": "OFF"}
    scheduler.create_schedule(
        Name="often", ScheduleExpression="rate(1 minutes)", FlexibleTimeWindow=off, Target=target("often")
    )
    scheduler.create_schedule(
        Name="asleep",
        ScheduleExpression="rate(1 minutes)",
        FlexibleTimeWindow=off,
        Target=target("asleep"),
        State="DISABLED",
    )
    created = scheduler.get_schedule(Name="often")["CreationDate"]  # in the sandbox's own time
    now = created.astimezone(datetime.timezone.utc)
    soon = (now + datetime.timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        Name="once",
        ScheduleExpression=f"at({soon})",
        FlexibleTimeWindow=off,
        Target=target("once"),
        ActionAfterCompletion="DELETE",
    )

    def tags():
        return set(lam.list_tags(Resource=arn)["Tags"])

    c.until("both calls", lambda: {"often", "once"} <= tags())
    lam.untag_resource(Resource=arn, TagKeys=["often", "once"])
    c.until("the next round", lambda: "often" in tags())
    same(tags(), {"often"})
    c.until(
        "the schedule that deletes itself",
        lambda: [s["Name"] for s in scheduler.list_schedules()["Schedules"]] == ["asleep", "often"],
    )
    for name in ("often", "asleep"):
        scheduler.delete_schedule(Name=name)
