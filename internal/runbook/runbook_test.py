"""Tests of runbook.py against a made-up Lambda. They need neither boto3 nor a network: `python3 runbook_test.py`."""

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
PAIR = {"OldLayerArn": OLD, "NewLayerArn": NEW}


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now, self.slept = 1000.0, 0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now, self.slept = self.now + seconds, self.slept + 1


class Lambda:
    """One function, with the states that an update goes through. errors: operation -> codes to raise first."""

    def __init__(self, layers, busy=0, errors=None, **members):
        self.configuration = {"RevisionId": "r0", "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip"}
        if layers is not None:
            self.configuration["Layers"] = [{"Arn": arn} for arn in layers]
        self.members, self.busy, self.errors = members, busy, errors or {}
        self.calls, self.outcome, self.lost = [], "Successful", False
        self.versions = {NEW: "sha-new", OTHER: "sha-other"}

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
        if Arn not in self.versions:
            raise ClientError("AccessDeniedException", f"not authorized to perform: lambda:GetLayerVersion on resource: {Arn}")
        return {"Content": {"CodeSha256": self.versions[Arn]}}

    def update_function_configuration(self, FunctionName, Layers, RevisionId):
        self.call("update_function_configuration")
        if RevisionId != self.configuration["RevisionId"]:
            raise ClientError("PreconditionFailedException")
        self.configuration.update(
            Layers=[{"Arn": arn} for arn in Layers], RevisionId=RevisionId + "+", LastUpdateStatus="InProgress"
        )
        self.busy = 3
        if self.lost:
            self.lost = False
            raise ClientError("500", "the answer was lost")

    def layers(self):
        return [layer["Arn"] for layer in self.configuration.get("Layers", [])]


class Runbook(unittest.TestCase):
    def run_on(self, function, events=PAIR):
        self.clock = Clock()
        with mock.patch.object(runbook, "time", self.clock), mock.patch.object(runbook.boto3, "client", lambda *_, **__: function):
            return runbook.handler({"FunctionName": "f", **events}, {})

    def unchanged(self, status, function, events=PAIR):
        result = self.run_on(function, events)
        self.assertEqual(status, result["Status"])
        self.assertEqual(result["Before"], result["After"])
        self.assertNotIn("update_function_configuration", function.calls)

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

    def test_any_version(self):
        events = {"OldLayerArn": LAYER + "runtime", "NewLayerArn": NEW}
        for n in (1, 5, 7, 60):
            with self.subTest(version=n):
                function = Lambda([f"{LAYER}runtime:{n}", LAYER + "runtime-2:1"])
                self.assertEqual([NEW, LAYER + "runtime-2:1"], self.run_on(function, events)["After"])

    def test_what_needs_nothing(self):
        self.unchanged("no_layers", Lambda(None))
        self.unchanged("no_layers", Lambda([]))
        self.unchanged("already_new", Lambda([OTHER, NEW]))
        self.unchanged("old_absent", Lambda([LAYER + "runtime:3"]))
        self.unchanged("not_ours", Lambda([OTHER]))
        self.unchanged("not_ours", Lambda(["arn:aws:lambda:us-east-1:999999999999:layer:runtime:5"]))
        image = Lambda(None)
        image.configuration["PackageType"] = "Image"
        self.unchanged("image", image)
        gone = Lambda([OLD])
        gone.configuration = None
        self.unchanged("gone", gone)

    def test_exempt(self):
        events = {**PAIR, "ExemptTag": "LayerfleetExempt"}
        self.unchanged("exempt", Lambda([OLD], Tags={"LayerfleetExempt": ""}), events)
        self.assertEqual("moved", self.run_on(Lambda([OLD], Tags={"Team": "a"}), events)["Status"])
        self.assertEqual("moved", self.run_on(Lambda([OLD], Tags={"LayerfleetExempt": ""}))["Status"])
        with self.assertRaisesRegex(RuntimeError, "tags cannot be read"):
            self.run_on(Lambda([OLD], TagsError={"ErrorCode": "AccessDeniedException"}), events)

    def test_both_attached_is_for_a_person(self):
        function = Lambda([LAYER + "runtime-classic:9", NEW])
        with self.assertRaisesRegex(RuntimeError, "attached together"):
            self.run_on(function, {"OldLayerArn": LAYER + "runtime-classic:9", "NewLayerArn": NEW})
        self.assertNotIn("update_function_configuration", function.calls)

    def test_a_table_of_layers_is_one_update(self):
        table = [
            {"Old": [LAYER + "runtime"], "New": NEW, "Allowed": [LAYER + "runtime:7"]},
            {"Old": [LAYER + "agent:1", LAYER + "agent:3"], "New": OTHER},
        ]
        for layers, want in (
            ([OLD, LAYER + "x:1", LAYER + "agent:3"], [NEW, LAYER + "x:1", OTHER]),
            ([LAYER + "runtime:7", LAYER + "agent:1"], [LAYER + "runtime:7", OTHER]),
            ([OLD, LAYER + "agent:4"], [NEW, LAYER + "agent:4"]),
        ):
            with self.subTest(layers=layers):
                function = Lambda(layers)
                self.assertEqual(want, self.run_on(function, {"Layers": table})["After"])
                self.assertEqual(1, function.calls.count("update_function_configuration"))
        self.unchanged("already_new", Lambda([LAYER + "runtime:7"]), {"Layers": table})

    def test_new_version_is_checked(self):
        self.assertEqual("moved", self.run_on(Lambda([OLD]), {**PAIR, "NewLayerSha256": "sha-new"})["Status"])
        function = Lambda([OLD])
        with self.assertRaisesRegex(RuntimeError, "has the content sha-new, not sha-good"):
            self.run_on(function, {**PAIR, "NewLayerSha256": "sha-good"})
        function.versions = {}
        with self.assertRaisesRegex(RuntimeError, "cannot be used: .*GetLayerVersion"):
            self.run_on(function)
        self.assertEqual([OLD], function.layers())

    def test_waits_for_other_updates(self):
        function = Lambda([OLD], busy=5)
        self.assertEqual("moved", self.run_on(function)["Status"])
        self.assertGreaterEqual(self.clock.slept, 5)

    def test_retries_what_may_pass(self):
        for operation in ("get_function", "get_layer_version_by_arn", "update_function_configuration"):
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

    def test_refusal_is_told(self):
        for code in ("AccessDeniedException", "InvalidParameterValueException"):
            with self.subTest(code=code), self.assertRaisesRegex(RuntimeError, "f: .*" + code):
                self.run_on(Lambda([OLD], errors={"update_function_configuration": [code]}))

    def test_failed_update_is_told(self):
        function = Lambda([OLD])
        function.outcome = "Failed"
        function.configuration["LastUpdateStatusReason"] = "the subnet is full"
        with self.assertRaisesRegex(RuntimeError, "the update failed: the subnet is full"):
            self.run_on(function)
        function = Lambda([OLD])
        function.configuration["LastUpdateStatus"] = "Failed"  # an earlier one, not ours
        self.assertEqual("moved", self.run_on(function)["Status"])

    def test_stops_within_its_time(self):
        for function in (Lambda([OLD], busy=10**6), Lambda([OLD], errors={"get_function": ["TooManyRequestsException"] * 10**4})):
            with self.assertRaisesRegex(TimeoutError, "480 seconds were not enough"):
                self.run_on(function)
            self.assertLessEqual(self.clock.now - 1000, 481)

    def test_again_changes_nothing(self):
        function = Lambda([OTHER, OLD])
        self.run_on(function)
        function.calls.clear()
        self.unchanged("already_new", function)


if __name__ == "__main__":
    unittest.main()
