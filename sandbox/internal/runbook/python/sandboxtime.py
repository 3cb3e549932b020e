"""Sandbox time inside a script: the clocks run `speed` times as fast, and sleeping is that much shorter.

Waits inside locks, sockets and event loops (threading.Event.wait, asyncio.sleep, read timeouts) stay in real time.
"""

import datetime
import sys
import time
import types


def install(now, speed):
    """Make `time` and `datetime` agree with a sandbox clock that shows `now` (epoch seconds)."""
    if speed == 1:
        return
    real_sleep, real_gmtime, real_localtime = time.sleep, time.gmtime, time.localtime
    time.time = faster(time.time, speed, now)
    time.monotonic = faster(time.monotonic, speed, time.monotonic())
    time.perf_counter = faster(time.perf_counter, speed, time.perf_counter())
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name + "_ns", nanoseconds(getattr(time, name)))
    time.sleep = lambda seconds: real_sleep(seconds / speed)
    time.gmtime = lambda seconds=None: real_gmtime(time.time() if seconds is None else seconds)
    time.localtime = lambda seconds=None: real_localtime(time.time() if seconds is None else seconds)
    patch_datetime()


def faster(clock, speed, origin):
    start = clock()
    return lambda: origin + (clock() - start) * speed


def nanoseconds(clock):
    return lambda: int(clock() * 1_000_000_000)


def patch_datetime():
    real = datetime.datetime
    keep_botocore_real()

    class Meta(type):
        def __instancecheck__(cls, value):
            return isinstance(value, real)

        def __subclasscheck__(cls, other):
            return issubclass(other, real)

    class SandboxDatetime(real, metaclass=Meta):
        @classmethod
        def now(cls, tz=None):
            return real.fromtimestamp(time.time(), tz)

        @classmethod
        def utcnow(cls):
            return real.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)

        @classmethod
        def today(cls):
            return real.fromtimestamp(time.time())

    SandboxDatetime.__name__ = SandboxDatetime.__qualname__ = "datetime"
    datetime.datetime = SandboxDatetime


def keep_botocore_real():
    """Signatures are checked against real time: botocore (and our stand-in) keep the machine's clock."""
    original = types.ModuleType("datetime")
    original.__dict__.update(datetime.__dict__)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("boto3", "botocore") and getattr(module, "datetime", None) is datetime:
            module.datetime = original
