"""Puts one Lambda function on the wanted versions of its layers, each in its own place of the list.

This is the aws:executeScript step (python3.11) of layerfleet's runbook. AWS Config starts it from a snapshot of what
its rule found, so the function is read afresh and only what is still to be done is done. Order and all other elements
of the list stay, because the order decides which layer's files win. Only $LATEST changes: published versions cannot.
"""

import random
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BUDGET = 480.0  # seconds; Automation ends a script after 600

# Nothing was written, and the same call may work in a moment.
REFUSED = {"ResourceConflictException"}
REFUSED |= {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
# It is not known what was written: an answer may have been lost, or somebody else was faster.
UNKNOWN = {"PreconditionFailedException", "ServiceException", "InternalFailure", "ServiceUnavailable"}
UNKNOWN |= {"500", "502", "503", "504"}

UNCHANGED = {
    "gone": "there is no such function any more",
    "image": "a container image has no layers",
    "exempt": "its owner exempted it with the tag",
    "no_layers": "it has no layers",
    "already_new": "it has the new version already",
    "old_absent": "it uses the layer, but no version that is to be left",
    "not_ours": "it uses none of these layers",
}


def handler(events, _context):
    try:
        return move(events["FunctionName"], events.get("ExemptTag", ""), rows(events))
    except ClientError as error:
        raise RuntimeError(f"{events['FunctionName']}: {error}") from None  # a person reads it, with the traceback


def move(name, exempt, table):
    client = boto3.client("lambda", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
    budget = Budget()
    before, sent, checked = None, None, set()
    while True:
        function = settled(client, name, budget)
        layers = layers_of(function)
        before = layers if before is None else before
        if sent is not None and function is not None:
            configuration = function["Configuration"]
            if configuration.get("LastUpdateStatus") == "Failed":
                raise RuntimeError(f"{name}: the update failed: {configuration.get('LastUpdateStatusReason')}")
            if layers == sent:
                return report(name, "moved", "replaced in place", before, layers)
        status, wanted = plan(function, exempt, table)
        if status != "moved":
            return report(name, status, UNCHANGED[status], before, layers)
        for row in table:
            if row["New"] in wanted and row["New"] not in checked.union(layers):
                check(client, row, budget)
                checked.add(row["New"])
        try:
            revision = function["Configuration"]["RevisionId"]
            client.update_function_configuration(FunctionName=name, Layers=wanted, RevisionId=revision)
            sent = wanted
        except ClientError as error:
            if code(error) in UNKNOWN:
                sent = wanted
            elif code(error) not in REFUSED | {"ResourceNotFoundException"}:
                raise
            budget.wait(error)


def rows(events):
    """The table of layers: from the runbook's content, or one pair from its parameters."""
    if events.get("Layers"):
        return events["Layers"]
    pair = {"Old": [events["OldLayerArn"]], "New": events["NewLayerArn"], "Sha256": events.get("NewLayerSha256", "")}
    return [pair]


def plan(function, exempt, table):
    """What is to be done with the function, and its layer list after it."""
    layers = layers_of(function)
    if function is None:
        return "gone", layers
    if function["Configuration"].get("PackageType") == "Image":
        return "image", layers
    if exempt and function.get("TagsError"):
        raise RuntimeError(f"the tags cannot be read, so that an exemption would not be seen: {function['TagsError']}")
    if exempt in (function.get("Tags") or ()):
        return "exempt", layers
    wanted, seen = list(layers), {"no_layers"} if not layers else {"not_ours"}
    for row in table:
        allowed = [row["New"], *row.get("Allowed", [])]
        good = [arn for arn in layers if arn in allowed]
        old = [arn for arn in layers if arn not in allowed and any(leaves(arn, o) for o in row["Old"])]
        if len(old) > 1 or old and good:
            raise RuntimeError(f"{', '.join(old + good)} are attached together: one has to be taken off by hand")
        if old:
            wanted[layers.index(old[0])] = row["New"]
            seen.add("moved")
        elif good:
            seen.add("already_new")
        elif any(layer_of(arn) == layer_of(o) for arn in layers for o in row["Old"]):
            seen.add("old_absent")
    return next(s for s in ("moved", "already_new", "old_absent", "not_ours", "no_layers") if s in seen), wanted


def leaves(arn, old):
    """Whether a layer version is one to leave: old is that version, or a layer without a version for all of them."""
    return old in (arn, layer_of(arn))


def layer_of(arn):
    return ":".join(arn.split(":")[:7])


def layers_of(function):
    configuration = function["Configuration"] if function else {}
    return [layer["Arn"] for layer in configuration.get("Layers") or []]


def settled(client, name, budget):
    """The function once nothing updates it, or None if there is none. GetFunction has a request quota of its own."""
    while True:
        try:
            function = retried(budget, client.get_function, FunctionName=name)
        except ClientError as error:
            if code(error) == "ResourceNotFoundException":
                return None
            raise
        configuration = function["Configuration"]
        if configuration.get("State") != "Pending" and configuration.get("LastUpdateStatus") != "InProgress":
            return function
        budget.wait(f"{name} is still being updated", longest=2)


def check(client, row, budget):
    """Refuse a new version that is gone, not shared with this account, or not the content that was meant."""
    try:
        version = retried(budget, client.get_layer_version_by_arn, Arn=row["New"])
    except ClientError as error:
        raise RuntimeError(f"{row['New']} cannot be used: {error}") from None
    have, want = version["Content"]["CodeSha256"], row.get("Sha256")
    if want and have != want:
        raise RuntimeError(f"{row['New']} has the content {have}, not {want}")


def retried(budget, call, **members):
    while True:
        try:
            return call(**members)
        except ClientError as error:
            if code(error) not in REFUSED | UNKNOWN:
                raise
            budget.wait(error)


class Budget:
    """The time there is, and pauses that grow and jitter so that many scripts do not come back together."""

    def __init__(self):
        self.end, self.tries = time.monotonic() + BUDGET, 0

    def wait(self, why, longest=20):
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"{BUDGET:.0f} seconds were not enough: {why}")
        self.tries += 1
        time.sleep(min(left, min(longest, 2 ** min(self.tries, 6)) * random.uniform(0.5, 1)))


def code(error):
    return error.response["Error"]["Code"]


def report(name, status, message, before, after):
    return {"FunctionName": name, "Status": status, "Message": f"{name}: {message}", "Before": before, "After": after}
