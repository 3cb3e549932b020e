"""The forked process of one script: shed everything of the server, run the handler, report, leave."""

import json
import linecache
import os
import signal
import sys
import traceback
import types

import sandboxtime

PAYLOAD_LIMIT = 100 * 1024  # bytes; AWS returns up to 100 KB
LIST_LIMIT = 100  # AWS returns at most 100 items of a list
TEXT_LIMIT = 16 * 1024  # characters of an error's message, and of its traceback


class PayloadError(Exception):
    """The handler's result cannot be the step's Payload."""


def become(command, outcome, log, naps):
    """Turn the process into the script's. Never returns."""
    status = 1
    try:
        outcome, naps = isolate(outcome, log, naps)
        report(outcome, run(command, naps))
        status = 0
    finally:
        # Not sys.exit: the server's clean-up is not ours to do.
        os._exit(status)


def isolate(outcome, log, naps):
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for name in (signal.SIGCHLD, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    os.dup2(log, 1)
    os.dup2(log, 2)
    # Low numbers first, so that everything above can be closed, the pipes of other scripts above all.
    # Those below 5 are standard streams and the server's own, which is done with here.
    os.dup2(outcome, 3, inheritable=False)
    if naps is not None:
        naps = os.dup2(naps, 4, inheritable=False)
    os.closerange(4 if naps is None else 5, 4096)
    sys.stdout.reconfigure(line_buffering=True)
    return 3, naps


def run(command, naps):
    try:
        os.environ.clear()
        os.environ.update(command["env"])
        os.chdir(command["env"]["HOME"])
        if naps is not None:
            sandboxtime.install_stepped(command["now"], naps)
        else:
            sandboxtime.install(command["now"], command["speed"])
        return {"payload": payload(call(command))}
    except BaseException as error:  # SystemExit and KeyboardInterrupt end a script like any other
        return {"error": describe(error)}
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                pass


def call(command):
    source, name = command["source"], command["handler"]
    path = os.path.join(command["env"]["HOME"], "customer_script.py")  # AWS's name for it
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    module = types.ModuleType("customer_script")
    module.__file__ = path
    sys.modules["customer_script"] = module
    sys.path[0] = command["env"]["HOME"]
    exec(compile(source, path, "exec"), module.__dict__)
    handler = getattr(module, name, None)
    if not callable(handler):
        raise AttributeError(f"the script has no function {name}")
    return handler(command["events"], {})


def payload(result):
    if isinstance(result, (list, tuple)):
        result = result[:LIST_LIMIT]
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PayloadError(f"the result is not JSON: {error}") from error
    if len(text) > PAYLOAD_LIMIT:
        raise PayloadError(f"the result has {len(text)} bytes, more than the {PAYLOAD_LIMIT} that a Payload may have")
    return text


def describe(error):
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    lines = traceback.format_list(frames)
    return {
        "type": type(error).__name__,
        "message": str(error)[:TEXT_LIMIT],
        "traceback": ("Traceback (most recent call last):\n" + "".join(lines))[:TEXT_LIMIT],
    }


def report(fd, outcome):
    data = json.dumps(outcome).encode()
    while data:
        data = data[os.write(fd, data):]
