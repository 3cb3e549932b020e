"""Sandbox time inside a script.

Where the sandbox's clock runs, the script's clocks run `speed` times as fast, and sleeping is that much shorter. Where it
stands still, so does the script's, and time.sleep is what lets time pass; time.monotonic and time.perf_counter also count
what the script computes.

Waits inside locks, sockets and event loops (threading.Event.wait, asyncio.sleep, read timeouts), and those of processes
that a script starts, stay in real time.
"""

import datetime
import os
import sys
import threading
import time
import types


def install(now, speed):
    """Make `time` and `datetime` agree with a sandbox clock that shows `now` (epoch seconds)."""
    if speed == 1:
        return
    real_sleep = time.sleep
    tell(
        faster(time.time, speed, now),
        faster(time.monotonic, speed, time.monotonic()),
        faster(time.perf_counter, speed, time.perf_counter()),
        lambda seconds: real_sleep(seconds / speed),
    )


def install_stepped(now, line):
    """Make `time` and `datetime` agree with a sandbox clock that stands at `now`; `line` is the way to the sandbox."""
    now = float(now)
    naps, monotonic, perf_counter = Naps(now, line), time.monotonic, time.perf_counter
    tell(
        lambda: naps.now,
        lambda: monotonic() + naps.now - now,
        lambda: perf_counter() + naps.now - now,
        naps.sleep,
    )


class Naps:
    """Sleeps on the sandbox's clock. Any number of threads may: one of those that sleep listens for all."""

    LONGEST = 9e9  # seconds; Python's own limit is close

    def __init__(self, now, line):
        self.now, self.line, self.woken = now, os.fdopen(line, "r+b", buffering=0), threading.Condition()
        self.pid, self.real_sleep = os.getpid(), time.sleep
        self.taken, self.asleep, self.over, self.listening = 0, 0, set(), False

    def sleep(self, seconds):
        if not 0 < seconds <= self.LONGEST or os.getpid() != self.pid:
            self.real_sleep(seconds)  # it refuses what is no time; a forked process has no line of its own
            return
        with self.woken:
            self.taken, self.asleep = self.taken + 1, self.asleep + 1
            nap, awake = self.taken, max(0, threading.active_count() - self.asleep)
            self.line.write(b"%d %r %d\n" % (nap, float(seconds), awake))
            while nap not in self.over:
                if self.listening:
                    self.woken.wait()
                else:
                    self.listen()
            self.over.remove(nap)

    def listen(self):
        """Hear of one nap that is over, unlocked meanwhile."""
        self.listening = True
        self.woken.release()
        try:
            heard = self.line.readline().split()
        finally:
            self.woken.acquire()
            self.listening = False
            self.woken.notify_all()
        if not heard:
            raise OSError("the sandbox is gone")
        self.over.add(int(heard[0]))
        self.asleep -= 1
        self.now = max(self.now, float(heard[1]))


def tell(epoch, monotonic, perf_counter, sleep):
    """Put these in place of the functions of `time`, and have `datetime` agree."""
    real_gmtime, real_localtime = time.gmtime, time.localtime
    time.time, time.monotonic, time.perf_counter, time.sleep = epoch, monotonic, perf_counter, sleep
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name + "_ns", nanoseconds(getattr(time, name)))
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
