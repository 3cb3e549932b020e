"""Moves the functions of one account to a broken layer version and prints how many of the calls fail before and after,
in that account and in the others. The sandbox must have been started with --breaks common-runtime:7=SHARE.
"""

import datetime
import json

from world import World, archive

LAYER = "common-runtime"


def users(c, account):
    """The functions of an account that use the layer, with their layers."""
    pages = c.client("lambda", account).get_paginator("list_functions").paginate()
    functions = [f for p in pages for f in p["Functions"]]
    return {
        f["FunctionName"]: [x["Arn"] for x in f.get("Layers", [])]
        for f in functions
        if any(f":{LAYER}:" in x["Arn"] for x in f.get("Layers", []))
    }


def share(c, account, names, start, end):
    """Calls and errors of functions' $LATEST, as CloudWatch has them."""
    total = {"Invocations": 0, "Errors": 0}
    for i in range(0, len(names), 100):  # 500 queries a call, four for each function
        queries = [
            {
                "Id": f"{metric.lower()}{n}_{k}",
                "MetricStat": {
                    "Stat": "Sum",
                    "Period": 300,
                    "Metric": {
                        "Namespace": "AWS/Lambda",
                        "MetricName": metric,
                        "Dimensions": [
                            {"Name": "FunctionName", "Value": name},
                            {"Name": "Resource", "Value": resource},
                        ],
                    },
                },
            }
            for n, name in enumerate(names[i : i + 100])
            for k, resource in enumerate((name, name + ":$LATEST"))
            for metric in total
        ]
        pages = c.client("cloudwatch", account).get_paginator("get_metric_data")
        for page in pages.paginate(StartTime=start, EndTime=end, MetricDataQueries=queries):
            for r in page["MetricDataResults"]:
                total["Errors" if r["Id"].startswith("errors") else "Invocations"] += sum(r["Values"])
    return total


def main():
    c = World()
    canary, *others = c.members
    arn = c.layer(c.management, LAYER, "VERSION = 7")
    fleet = {account: users(c, account) for account in c.members}
    lam = c.client("lambda", canary)
    for name, layers in fleet[canary].items():
        moved = lam.update_function_configuration(
            FunctionName=name, Layers=[arn if f":{LAYER}:" in x else x for x in layers]
        )
        c.sleep(1)
    at = datetime.datetime.fromisoformat(moved["LastModified"]).replace(second=0) + datetime.timedelta(minutes=1)
    day = datetime.timedelta(days=1)
    c.sleep(2 * 3600)
    result = {"version": arn.rsplit(":", 1)[1], "functions": len(fleet[canary])}
    for span, start, end in (("before", at - 0.9 * day, at - day / 24), ("after", at, at + day)):
        result[span] = {
            "moved": share(c, canary, list(fleet[canary]), start, end),
            "others": {
                k: sum(share(c, a, list(fleet[a]), start, end)[k] for a in others) for k in ("Invocations", "Errors")
            },
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
