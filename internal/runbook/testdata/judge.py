"""Judges functions by runbook.py: a list of cases on stdin, a list of answers on stdout, both JSON.

A case has the events that the runbook gives the script, what GetFunction says of the function, the layer versions that
AWS refuses, and what the new ones declare. The answer is the verdict on each layer, the script's status or the code
that it raised, and the function's layers afterwards.
"""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import runbook_test  # noqa: E402
from runbook_test import Lambda, runbook  # noqa: E402


def judge(case):
    function = Lambda(case["layers"], unusable=case["unusable"], **case["members"])
    function.configuration.update(case["configuration"])
    function.declared, function.content = case["declared"], case["content"]
    before = function.layers()
    events = {**case["events"], "PaceSeconds": 0}
    function.remediations[0]["ConfigRuleName"] = events["RuleName"]
    try:
        status = runbook_test.run(function, events)[0]["Status"]
    except RuntimeError as error:
        status = re.match(r"\[(\w+)\] \S", str(error))[1]
    after = function.layers()
    function.configuration["Layers"] = [{"Arn": arn} for arn in before]
    found = lambda arn: runbook.version(function, arn, {}, runbook.Budget())  # noqa: E731
    verdicts, _ = runbook.decide(function.get_function("f"), runbook.rows(events), found)
    return {"each": [verdict for verdict, _ in verdicts], "status": status, "after": after}


json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout)
