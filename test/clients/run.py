"""Runs the flows in one process: a line for each, and a summary of what was called.

usage: run.py [--summary FILE] [PATTERN]    only flows that the pattern matches, as `go test -run` matches subtests:
"functions" or "functions/versions", each part a regular expression
The environment is the one that `layerfleet sandbox --env-file` writes.
"""

import argparse
import importlib.util
import json
import pathlib
import re
import sys
import time
import traceback

from world import World


def flows(pattern):
    """The flows that a pattern matches, file by file, in the order in which they are written."""
    in_file, _, in_flow = pattern.partition("/")
    for path in sorted((pathlib.Path(__file__).parent / "flows").glob("*.py")):
        if not re.search(in_file, path.stem):
            continue
        spec = importlib.util.spec_from_file_location("flows." + path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, value in vars(module).items():
            flow = name.removeprefix("flow_")
            if flow != name and re.search(in_flow, flow):
                yield f"{path.stem}/{flow}", value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--summary", type=pathlib.Path)
    parser.add_argument("pattern", nargs="?", default="")
    options = parser.parse_args()
    world = World()
    results = []
    for name, flow in flows(options.pattern):
        began = time.monotonic()
        try:
            flow(world)
            failure = ""
        except Exception:  # whatever a flow runs into is its result
            failure = traceback.format_exc()
        seconds = round(time.monotonic() - began, 3)
        results.append({"name": name, "seconds": seconds, "failure": failure})
        print(f"{'FAIL' if failure else 'ok':4} {seconds:6.2f}s {name}", flush=True)
        if failure:
            print(failure, flush=True)
    summary = {
        "flows": results,
        "answered": [list(k) for k in sorted(world.answers)],
        "refused": [list(k) for k in sorted(world.errors)],
    }
    if options.summary:
        options.summary.write_text(json.dumps(summary, indent=1) + "\n")
    print(
        f"{len(results)} flows, {len(world.answers)} operations answered, {len(world.errors)} kinds of refusal",
        flush=True,
    )
    return 1 if any(r["failure"] for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
