"""Puts one Lambda function on the wanted versions of its layers, each in its own place of the list.

This is the aws:executeScript step (python3.11) of layerfleet's runbook. AWS Config starts it from a snapshot of what
its rule found, so the function is read afresh and only what is still to be done is done. Order and all other elements
of the list stay, because the order decides which layer's files win. Only $LATEST changes: published versions cannot.

What cannot be done is raised as "[code] sentence"; the codes are those of docs/reasons.md, and programs read them.
"""

import random
import re
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BUDGET = 480.0  # seconds; Automation ends a script after 600
RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 3})

# Nothing was written, and the same call may work in a moment.
REFUSED = {"ResourceConflictException"}
REFUSED |= {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
# It is not known what was written: an answer may have been lost, or somebody else was faster.
UNKNOWN = {"PreconditionFailedException", "ServiceException", "InternalFailure", "ServiceUnavailable"}
UNKNOWN |= {"500", "502", "503", "504"}

DONE = {
    "moved": "replaced in place",
    "gone": "there is no such function any more",
    "paused": "enforcement is paused, so nothing was changed",
    "right": "it has a right version already",
    "exempt": "its owner exempted it with a tag",
    "other_version": "it uses the layer, but no version that is to be left",
    "not_using": "it uses none of these layers",
}


def handler(events, _context):
    name, table = events["FunctionName"], rows(events)
    try:
        return move(name, table, events)
    except ClientError as error:
        raise left(*reason(name, error, table)) from None  # a person reads it, with the traceback


def left(code, sentence):
    return RuntimeError(f"[{code}] {sentence}")


def rows(events):
    """The table of layers: from the runbook's content, by numbers, or one pair from its parameters."""
    if "Layers" not in events:
        row = {"Old": [events["OldLayerArn"]], "New": events["NewLayerArn"], "Exempt": events.get("ExemptTag", "")}
        accept = ["architecture", "runtime"] if events.get("AcceptMismatch") == "true" else []
        return [{**row, "Sha256": events.get("NewLayerSha256", ""), "Accept": accept}]
    table = []
    for row in events["Layers"]:
        arn = events["Prefix"] + row["Layer"]
        old = [f"{arn}:{n}" for n in row["Old"]] if "Old" in row else [arn]
        also = [f"{arn}:{n}" for n in row.get("Also", [])]
        table.append({**row, "Old": old, "New": f"{arn}:{row['New']}", "Also": also})
    return table


def move(name, table, events):
    client, budget, versions = boto3.client("lambda", config=RETRIES), Budget(), {}
    before, sent, paced = None, None, False
    while True:
        function = stable(client, name, budget)
        if function is None:
            return report(name, "gone", before or [], [])
        configuration, layers = function["Configuration"], layers_of(function)
        before = layers if before is None else before
        if sent is not None and configuration.get("LastUpdateStatus") == "Failed":
            raise left("update_failed", f"{name}: the update failed: {configuration.get('LastUpdateStatusReason')}")
        verdicts, wanted = decide(function, table, lambda arn: version(client, arn, versions, budget))
        if wanted == layers:
            return outcome(name, verdicts, before, layers, sent)
        if events.get("Paused") == "true":
            return report(name, "paused", before, layers)
        if not paced:
            # Lambda answers some 15 of these calls a second for everybody in the account and Region: many scripts that
            # were started at once spread out, and look again.
            paced = True
            time.sleep(random.uniform(0, float(events.get("PaceSeconds") or 0)))
            continue
        if paused(events["RuleName"], budget):
            return report(name, "paused", before, layers)
        try:
            revision = configuration["RevisionId"]
            client.update_function_configuration(FunctionName=name, Layers=wanted, RevisionId=revision)
            sent = wanted
        except ClientError as error:
            if code(error) in UNKNOWN:
                sent = wanted
            elif code(error) not in REFUSED | {"ResourceNotFoundException"}:
                raise
            budget.wait(late(error), error)


def decide(function, table, version):
    """What is to be done about each layer, (verdict, why) as layerfleet has it, and the list after it."""
    layers = layers_of(function)
    wanted, verdicts = list(layers), []
    for row in table:
        verdict, why, slot = judge(function, row, version)
        if verdict == "moves":
            wanted[slot] = row["New"]
        verdicts.append((verdict, why))
    whole = [layer_of(arn) for arn in wanted]
    twice = [w for w in whole if whole.count(w) > 1]
    if wanted != layers and twice:
        refused = ("blocked", ("new_and_old_present", f"Lambda takes one version of {twice[0]} only"))
        return [refused if v[0] == "moves" else v for v in verdicts], layers
    return verdicts, wanted


def judge(function, row, version):
    """The verdict on one layer, why, and the layer's place in the list. The first reason that applies counts."""
    configuration, layers, tag = function["Configuration"], layers_of(function), row.get("Exempt")
    right = [row["New"], *row.get("Also", [])]
    ours = {layer_of(arn) for arn in [row["New"], *row["Old"]]}
    slots = [i for i, arn in enumerate(layers) if layer_of(arn) in ours]
    leave = [i for i in slots if layers[i] in row["Old"] or layer_of(layers[i]) in row["Old"]]
    old = [i for i in leave if layers[i] not in right]
    if not slots:
        return "not_using", None, None
    if tag and tag in (function.get("Tags") or ()):
        return "exempt", None, None
    if not old:
        return "right" if any(layers[i] in right for i in slots) else "other_version", None, None
    if configuration.get("PackageType") == "Image":
        return "blocked", ("container_image", "a container image takes no layers"), None
    if len(slots) > 1:
        both = f"{', '.join(layers[i] for i in slots)} are attached together: one has to be taken off by hand"
        return "blocked", ("new_and_old_present", both), None
    if tag and function.get("TagsError"):
        return "blocked", ("tags_unknown", f"an exemption would go unseen: {function['TagsError']}"), None
    found, why = version(row["New"])
    why = why or mismatch(configuration, row, found)
    return ("blocked", why, None) if why else ("moves", None, old[0])


def mismatch(configuration, row, found):
    """Why the new version does not suit the function, by what it declares; one that declares nothing suits all."""
    accept, want, have = row.get("Accept", []), row.get("Sha256"), found["Content"]["CodeSha256"]
    if want and have != want:
        return "content_differs", f"{row['New']} has the content {have}, not {want}"
    for what, key, needed in (
        ("architecture", "CompatibleArchitectures", configuration.get("Architectures") or []),
        ("runtime", "CompatibleRuntimes", [r for r in [configuration.get("Runtime")] if r]),
    ):
        declared = found.get(key) or []
        if what not in accept and declared and not set(needed) <= set(declared):
            both = f"{row['New']} declares {', '.join(declared)}, the function has {', '.join(needed)}"
            return f"{what}_mismatch", both
    return None


def version(client, arn, known, budget):
    """The new version, or why it cannot be used: gone, or not shared with this account."""
    if arn not in known:
        try:
            known[arn] = retried(budget, client.get_layer_version_by_arn, Arn=arn), None
        except ClientError as error:
            if code(error) not in {"AccessDeniedException", "ResourceNotFoundException"}:
                raise
            missing = code(error) == "ResourceNotFoundException"
            known[arn] = None, ("layer_missing", arn) if missing else reason(arn, error, [{"New": arn}])
    return known[arn]


def outcome(name, verdicts, before, layers, sent):
    blocked = next((why for verdict, why in verdicts if verdict == "blocked"), None)
    if blocked:
        raise left(blocked[0], f"{name}: {blocked[1]}" + (" (its other layers were moved)" if sent else ""))
    if sent == layers:
        return report(name, "moved", before, layers)
    seen = {verdict for verdict, _ in verdicts}
    return report(name, next(v for v in ("right", "exempt", "other_version", "not_using") if v in seen), before, layers)


def paused(rule, budget):
    """Whether the remediation was paused, or taken away, since this script was started."""
    config = boto3.client("config", config=RETRIES)
    found = retried(budget, config.describe_remediation_configurations, ConfigRuleNames=[rule])
    for remediation in found["RemediationConfigurations"]:
        pause = remediation.get("Parameters", {}).get("Paused", {}).get("StaticValue", {}).get("Values", [])
        return "true" in pause
    return True


def stable(client, name, budget):
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
        budget.wait("update_in_progress", f"{name} is still being updated", longest=2)


def retried(budget, call, **members):
    while True:
        try:
            return call(**members)
        except ClientError as error:
            if code(error) not in REFUSED | UNKNOWN:
                raise
            budget.wait(late(error), error)


def late(error):
    """The code for an answer that stayed the same until the time was over."""
    return "update_in_progress" if code(error) == "ResourceConflictException" else "timed_out"


class Budget:
    """The time there is, and pauses that grow and jitter so that many scripts do not come back together."""

    def __init__(self):
        self.end, self.tries = time.monotonic() + BUDGET, 0

    def wait(self, reason, why, longest=20):
        remaining = self.end - time.monotonic()
        if remaining <= 0:
            raise left(reason, f"{BUDGET:.0f} seconds were not enough: {why}")
        self.tries += 1
        time.sleep(min(remaining, min(longest, 2 ** min(self.tries, 6)) * random.uniform(0.5, 1)))


def reason(name, error, table):
    """The code of what AWS refused, and the sentence. AWS's own codes are not as fine: some are told by its words."""
    text = str(error)
    named = re.search(r"lambda:GetLayerVersion on resource: (\S+:layer:[^\s:]+:\d+)", text)
    if named and "identity-based policy" not in text and "explicit deny" not in text:
        ours = any(row["New"] == named[1] for row in table)
        return ("layer_not_shared" if ours else "other_layer_not_shared"), named[1]
    if "Layer version ARN does not exist" in text:
        return "other_layer_missing", f"{name}: {text}"  # the new one was there a moment ago
    if "exceeds the maximum allowed size" in text or "more than the available size" in text:
        return "too_large", f"{name}: {text}"
    return "access_denied" if code(error).startswith("AccessDenied") else "remediation_failed", f"{name}: {text}"


def layer_of(arn):
    return ":".join(arn.split(":")[:7])


def layers_of(function):
    return [layer["Arn"] for layer in function["Configuration"].get("Layers") or []]


def code(error):
    return error.response["Error"]["Code"]


def report(name, status, before, after):
    message = f"{name}: {DONE[status]}"
    return {"FunctionName": name, "Status": status, "Message": message, "Before": before, "After": after}
