"""Tests of runbook.py against a made-up Lambda. They need neither boto3 nor a network: `python3 runbook_test.py`.

What is to happen to which function is in testdata/cases.yaml, judged by testdata/judge.py with what is here.
"""

import copy
import sys
import types
import unittest
from unittest import mock


class ClientError(Exception):
    def __init__(self, code, message="made up"):
        super().__init__(f"An error occurred ({code}) when calling the operation: {message}")
        self.response = {"Error": {"Code": code, "Message": message}}


for name, members in {
    "boto3": {"client": lambda *_, **__: None},
    "botocore": {},
    "botocore.config": {"Config": lambda **_: None},
    "botocore.exceptions": {"ClientError": ClientError},
}.items():
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)

import runbook  # noqa: E402  (it imports what was just made up)

LAYER = "arn:aws:lambda:us-east-1:100000000000:layer:"
OLD, NEW, OTHER = LAYER + "runtime:5", LAYER + "runtime:6", LAYER + "agent:2"
PAIR = {"OldLayerArn": OLD, "NewLayerArn": NEW, "RuleName": "layers"}
DENIED = "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: lambda:GetLayerVersion on resource: "


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now, self.slept = 1000.0, 0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now, self.slept = self.now + seconds, self.slept + 1


class Lambda:
    """One function, with the states that an update goes through, and the remediation that looks after it.

    errors: operation -> codes to raise first. unusable: layer version -> the reason code of why AWS refuses it.
    """

    def __init__(self, layers, busy=0, errors=None, unusable=None, **members):
        self.configuration = {"RevisionId": "r0", "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip"}
        if layers is not None:
            self.configuration["Layers"] = [{"Arn": arn} for arn in layers]
        self.members, self.busy, self.errors, self.unusable = members, busy, errors or {}, unusable or {}
        self.calls, self.outcome, self.lost, self.declared = [], "Successful", False, {}
        self.content = "sha-new"
        self.remediations = [{"ConfigRuleName": "layers", "Parameters": {"FunctionName": {"ResourceValue": {"Value": "RESOURCE_ID"}}}}]

    def call(self, operation):
        self.calls.append(operation)
        if self.errors.get(operation):
            raise ClientError(self.errors[operation].pop(0))

    def get_function(self, FunctionName):
        self.call("get_function")
        if self.configuration is None:
            raise ClientError("ResourceNotFoundException")
        if self.busy > 0:
            self.busy -= 1
            self.configuration["LastUpdateStatus"] = "InProgress" if self.busy else self.outcome
        return copy.deepcopy({"Configuration": self.configuration, **self.members})

    def get_layer_version_by_arn(self, Arn):
        self.call("get_layer_version_by_arn")
        if self.unusable.get(Arn) == "layer_missing":
            raise ClientError("ResourceNotFoundException", "The resource you requested does not exist.")
        if self.unusable.get(Arn) == "layer_not_shared":
            raise ClientError("AccessDeniedException", DENIED + Arn + " because no resource-based policy allows the action")
        content = "another" if self.unusable.get(Arn) == "content_differs" else self.content
        return {"Content": {"CodeSha256": content}, **self.declared.get(Arn, {})}

    def update_function_configuration(self, FunctionName, Layers, RevisionId):
        self.call("update_function_configuration")
        for arn in Layers:
            if self.unusable.get(arn) == "layer_missing":
                raise ClientError("InvalidParameterValueException", "Layer version ARN does not exist.")
            if self.unusable.get(arn) == "layer_not_shared":
                raise ClientError("AccessDeniedException", DENIED + arn + " because no resource-based policy allows the action")
        if RevisionId != self.configuration["RevisionId"]:
            raise ClientError("PreconditionFailedException")
        self.configuration.update(
            Layers=[{"Arn": arn} for arn in Layers], RevisionId=RevisionId + "+", LastUpdateStatus="InProgress"
        )
        self.busy = 3
        if self.lost:
            self.lost = False
            raise ClientError("500", "the answer was lost")

    def describe_remediation_configurations(self, ConfigRuleNames):
        self.call("describe_remediation_configurations")
        return {"RemediationConfigurations": [r for r in self.remediations if r["ConfigRuleName"] in ConfigRuleNames]}

    def pause(self):
        self.remediations[0]["Parameters"]["Paused"] = {"StaticValue": {"Values": ["true"]}}

    def layers(self):
        return [layer["Arn"] for layer in self.configuration.get("Layers", [])]


def run(function, events):
    """What the script says of the function, and the clock that it went by."""
    clock = Clock()
    with mock.patch.object(runbook, "time", clock), mock.patch.object(runbook.boto3, "client", lambda *_, **__: function):
        return runbook.handler({"FunctionName": "f", **events}, {}), clock


class Runbook(unittest.TestCase):
    def run_on(self, function, events=PAIR):
        result, self.clock = run(function, events)
        return result

    def unchanged(self, status, function, events=PAIR):
        result = self.run_on(function, events)
        self.assertEqual(status, result["Status"])
        self.assertEqual(result["Before"], result["After"])
        self.assertNotIn("update_function_configuration", function.calls)

    def raises(self, code, sentence=""):
        return self.assertRaisesRegex(RuntimeError, r"^\[" + code + r"\] .*" + sentence)

    def test_replaces_in_place(self):
        for layers in ([OLD], [OLD, OTHER], [OTHER, OLD], [OTHER, OLD, LAYER + "z:1"]):
            with self.subTest(layers=layers):
                function = Lambda(layers)
                result = self.run_on(function)
                want = [NEW if arn == OLD else arn for arn in layers]
                self.assertEqual(("moved", layers, want), (result["Status"], result["Before"], result["After"]))
                self.assertEqual(want, function.layers())
                self.assertEqual(1, function.calls.count("update_function_configuration"))

    def test_waits_until_the_update_is_done(self):
        function = Lambda([OLD])
        self.run_on(function)
        self.assertEqual("Successful", function.configuration["LastUpdateStatus"])
        self.assertEqual(0, function.busy)

    def test_parameters_of_the_stand_alone_template(self):
        for n in (1, 5, 7, 60):
            with self.subTest(version=n):
                function = Lambda([f"{LAYER}runtime:{n}", LAYER + "runtime-2:1"])
                result = self.run_on(function, {**PAIR, "OldLayerArn": LAYER + "runtime"})
                self.assertEqual([NEW, LAYER + "runtime-2:1"], result["After"])
        self.unchanged("other_version", Lambda([LAYER + "runtime:3"]))
        self.unchanged("exempt", Lambda([OLD], Tags={"Keep": ""}), {**PAIR, "ExemptTag": "Keep"})
        self.assertEqual("moved", self.run_on(Lambda([OLD], Tags={"Keep": ""}))["Status"])
        self.assertEqual("moved", self.run_on(Lambda([OLD]), {**PAIR, "NewLayerSha256": "sha-new"})["Status"])
        function = Lambda([OLD])
        function.declared = {NEW: {"CompatibleRuntimes": ["python3.12"]}}
        function.configuration["Runtime"] = "java21"
        with self.raises("runtime_mismatch", "declares python3.12, the function has java21"):
            self.run_on(function)
        self.assertEqual("moved", self.run_on(function, {**PAIR, "AcceptMismatch": "true"})["Status"])
        with self.raises("content_differs", "has the content sha-new, not sha-good"):
            self.run_on(Lambda([OLD]), {**PAIR, "NewLayerSha256": "sha-good"})

    def test_one_layer_by_another(self):
        pair = {**PAIR, "OldLayerArn": LAYER + "classic:9"}
        self.assertEqual([OTHER, NEW], self.run_on(Lambda([OTHER, LAYER + "classic:9"]), pair)["After"])
        self.unchanged("other_version", Lambda([LAYER + "classic:8"]), pair)
        function = Lambda([LAYER + "classic:9", NEW])
        with self.raises("new_and_old_present", "attached together"):
            self.run_on(function, pair)
        self.assertNotIn("update_function_configuration", function.calls)

    def test_gone(self):
        gone = Lambda([OLD])
        gone.configuration = None
        self.unchanged("gone", gone)

    def test_paused(self):
        self.unchanged("paused", Lambda([OLD]), {**PAIR, "Paused": "true"})
        self.unchanged("right", Lambda([NEW]), {**PAIR, "Paused": "true"})
        function = Lambda([OLD])
        function.pause()
        self.unchanged("paused", function)
        function = Lambda([OLD])
        function.remediations = []  # taken away
        self.unchanged("paused", function)

    def test_paused_while_it_waits(self):
        function = Lambda([OLD], errors={"update_function_configuration": ["TooManyRequestsException"] * 5})
        update = function.update_function_configuration

        def refused(**members):
            function.pause()
            update(**members)

        function.update_function_configuration = refused
        self.assertEqual("paused", self.run_on(function)["Status"])
        self.assertEqual(1, function.calls.count("update_function_configuration"))
        self.assertEqual([OLD], function.layers())

    def test_paces_itself(self):
        function = Lambda([OLD])
        with mock.patch.object(runbook.random, "uniform", lambda low, high: high):
            self.run_on(function, {**PAIR, "PaceSeconds": 40})
        self.assertGreaterEqual(self.clock.now, 1040)
        self.assertEqual(["get_function"] * 2, [c for c in function.calls if c != "get_layer_version_by_arn"][:2])
        self.run_on(Lambda([NEW]), {**PAIR, "PaceSeconds": 40})
        self.assertEqual(0, self.clock.slept)

    def test_waits_for_other_updates(self):
        function = Lambda([OLD], busy=5)
        self.assertEqual("moved", self.run_on(function)["Status"])
        self.assertGreaterEqual(self.clock.slept, 5)

    def test_retries_what_may_pass(self):
        for operation in (
            "get_function",
            "get_layer_version_by_arn",
            "describe_remediation_configurations",
            "update_function_configuration",
        ):
            for code in ("TooManyRequestsException", "ThrottlingException", "ServiceException"):
                with self.subTest(operation=operation, code=code):
                    function = Lambda([OTHER, OLD], errors={operation: [code] * 3})
                    result = self.run_on(function)
                    self.assertEqual(("moved", [OTHER, NEW]), (result["Status"], result["After"]))
                    self.assertGreaterEqual(self.clock.slept, 3)

    def test_conflict_reads_again(self):
        function = Lambda([OLD], errors={"update_function_configuration": ["ResourceConflictException"]})
        self.run_on(function)
        self.assertEqual(1, function.calls.count("get_layer_version_by_arn"))
        update = function.calls.index("update_function_configuration")
        self.assertEqual("get_function", function.calls[update + 1])
        self.assertEqual(2, function.calls.count("describe_remediation_configurations"))

    def test_lost_answer_is_success(self):
        function = Lambda([OLD])
        function.lost = True
        result = self.run_on(function)
        self.assertEqual(("moved", [OLD], [NEW]), (result["Status"], result["Before"], result["After"]))
        self.assertEqual(1, function.calls.count("update_function_configuration"))

    def test_somebody_was_faster(self):
        function = Lambda([OLD])
        update = function.update_function_configuration

        def overtaken(**members):
            function.update_function_configuration = update
            function.configuration.update(RevisionId="theirs", Layers=[{"Arn": OTHER}, {"Arn": OLD}])
            update(**members)

        function.update_function_configuration = overtaken
        self.assertEqual([OTHER, NEW], self.run_on(function)["After"])

    def test_deleted_meanwhile(self):
        function = Lambda([OLD], errors={"update_function_configuration": ["ResourceNotFoundException"]})
        read = function.get_function

        def deleted(**members):
            if "update_function_configuration" in function.calls:
                function.configuration = None
            return read(**members)

        function.get_function = deleted
        self.assertEqual("gone", self.run_on(function)["Status"])

    def test_refusals_have_codes(self):
        size = "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 1 bytes."
        more = "Layers consume more than the available size of 262144000 bytes"
        mine = DENIED + NEW + " because no identity-based policy allows the lambda:GetLayerVersion action"
        for want, operation, error in (
            ("access_denied", "get_function", ClientError("AccessDeniedException")),
            ("access_denied", "get_layer_version_by_arn", ClientError("AccessDeniedException", mine)),
            ("access_denied", "describe_remediation_configurations", ClientError("AccessDeniedException")),
            ("access_denied", "update_function_configuration", ClientError("AccessDeniedException")),
            ("too_large", "update_function_configuration", ClientError("InvalidParameterValueException", size)),
            ("too_large", "update_function_configuration", ClientError("InvalidParameterValueException", more)),
            ("remediation_failed", "update_function_configuration", ClientError("InvalidParameterValueException", "new words")),
        ):
            with self.subTest(want=want, operation=operation), self.raises(want, "made up|" + str(error)[:40].replace("(", ".")):
                function = Lambda([OLD])
                setattr(function, operation, mock.Mock(side_effect=error))
                self.run_on(function)

    def test_failed_update_is_told(self):
        function = Lambda([OLD])
        function.outcome = "Failed"
        function.configuration["LastUpdateStatusReason"] = "the subnet is full"
        with self.raises("update_failed", "the update failed: the subnet is full"):
            self.run_on(function)
        function = Lambda([OLD])
        function.configuration["LastUpdateStatus"] = "Failed"  # an earlier one, not ours
        self.assertEqual("moved", self.run_on(function)["Status"])

    def test_stops_within_its_time(self):
        for code, function in (
            ("update_in_progress", Lambda([OLD], busy=10**6)),
            ("timed_out", Lambda([OLD], errors={"get_function": ["TooManyRequestsException"] * 10**4})),
            ("timed_out", Lambda([OLD], errors={"update_function_configuration": ["ThrottlingException"] * 10**4})),
            ("update_in_progress", Lambda([OLD], errors={"update_function_configuration": ["ResourceConflictException"] * 10**4})),
        ):
            with self.raises(code, "480 seconds were not enough"):
                self.run_on(function)
            self.assertLessEqual(function.calls.count("get_function"), 600)

    def test_again_changes_nothing(self):
        function = Lambda([OTHER, OLD])
        self.run_on(function)
        function.calls.clear()
        self.unchanged("right", function)


if __name__ == "__main__":
    unittest.main()
