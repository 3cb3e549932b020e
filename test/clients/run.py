"""Runs the flows in one process: a line for each, and a summary of what was called.

usage: run.py [--summary FILE] [WORD …]    only flows whose name holds one of the words
The environment is the one that `layerfleet sandbox --env-file` writes.
"""

import argparse
import importlib.util
import json
import pathlib
import sys
import time
import traceback

from world import World


def flows(words):
    """All flows, file by file, in the order in which they are written."""
    for path in sorted((pathlib.Path(__file__).parent / "flows").glob("*.py")):
        spec = importlib.util.spec_from_file_location("flows." + path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, value in vars(module).items():
            full = f"{path.stem}/{name.removeprefix('flow_')}"
            if name.startswith("flow_") and (not words or any(w in full for w in words)):
                yield full, value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--summary", type=pathlib.Path)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    world = World()
    results = []
    for name, flow in flows(options.words):
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
