"""Fork server of the sandbox: one warm interpreter, one forked process for each runbook script.

Commands come on standard input, one JSON object a line: {"run": ID, ...}, {"kill": ID} and {"wake": ID, "nap": N, "now":
TIME}. Answers go to standard output, one line for each script when its process has ended: {"id", "status", "outcome",
"log"}, and on a stepped clock one for each of its sleeps: {"id", "nap": N, "sleep": SECONDS, "all": BOOL}. When standard input
ends (the sandbox is gone, however it went), every script is killed and the server leaves.

The server has one thread and holds no locks, so that forking is safe.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys

import script
import warm

LOG_LIMIT = 64 * 1024  # bytes kept of what a script prints; the rest is read and dropped
OUTCOME_LIMIT = 1024 * 1024
CHUNK = 65536


class Pipe:
    """What a script writes, up to a limit."""

    def __init__(self, fd, limit):
        os.set_blocking(fd, False)
        self.fd, self.limit, self.data, self.closed = fd, limit, bytearray(), False

    def read(self):
        """Read what there is. False at the end of the stream."""
        while True:
            try:
                chunk = os.read(self.fd, CHUNK)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not chunk:
                return False
            self.data += chunk[: max(0, self.limit - len(self.data))]


class Naps:
    """The sandbox's end of the line on which a script says how long it sleeps, and hears when that is over."""

    def __init__(self, ident, fd, answer):
        os.set_blocking(fd, False)
        self.ident, self.fd, self.answer, self.pending, self.closed = ident, fd, answer, b"", False

    def read(self):
        """Pass on what there is. False at the end of the stream."""
        try:
            chunk = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not chunk:
            return False
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            try:
                nap, seconds, awake = line.split()
                self.answer({"id": self.ident, "nap": int(nap), "sleep": float(seconds), "all": int(awake) == 0})
            except ValueError:
                pass  # a script wrote to a descriptor that is not its own
        return True

    def wake(self, command):
        try:
            os.write(self.fd, f"{command['nap']} {command['now']!r}\n".encode())
        except OSError:
            pass  # the script has ended


class Server:
    def __init__(self, commands, answers):
        self.commands, self.answers, self.pending = commands, answers, b""
        self.running = {}  # pid -> (id, outcome pipe, log pipe, naps or None)
        self.selector = selectors.DefaultSelector()
        os.set_blocking(commands, False)
        self.selector.register(commands, selectors.EVENT_READ, self.take_commands)
        wake, waker = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self.wake = wake
        self.selector.register(wake, selectors.EVENT_READ, self.reap)

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                if not key.data():
                    return

    def take_commands(self):
        try:
            chunk = os.read(self.commands, CHUNK)
        except BlockingIOError:
            return True
        if not chunk:
            for pid in self.running:
                kill_group(pid)
            return False
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "run" in command:
                self.start(command)
                continue
            for pid, (ident, _, _, naps) in self.running.items():
                if ident == command.get("kill"):
                    kill_group(pid)
                elif ident == command.get("wake"):
                    naps.wake(command)
        return True

    def start(self, command):
        outcome, outcome_end = os.pipe()
        log, log_end = os.pipe()
        naps, naps_end = [end.detach() for end in socket.socketpair()] if command.get("stepped") else (None, None)
        ends = [fd for fd in (outcome_end, log_end, naps_end) if fd is not None]
        try:
            pid = os.fork()
        except OSError as error:
            for fd in [outcome, log, *ends] + ([naps] if naps is not None else []):
                os.close(fd)
            self.answer({"id": command["run"], "status": 1, "outcome": "", "log": f"cannot fork: {error}"})
            return
        if pid == 0:
            script.become(command, outcome_end, log_end, naps_end)
        for fd in ends:
            os.close(fd)
        try:
            os.setpgid(pid, pid)  # the child does the same: whoever comes first
        except OSError:
            pass
        pipes = [Pipe(outcome, OUTCOME_LIMIT), Pipe(log, LOG_LIMIT)]
        pipes.append(Naps(command["run"], naps, self.answer) if naps is not None else None)
        self.running[pid] = (command["run"], *pipes)
        for pipe in filter(None, pipes):
            self.selector.register(pipe.fd, selectors.EVENT_READ, self.reader(pipe))

    def reader(self, pipe):
        def read():
            # A pipe may be finished by an event of the same round.
            if not pipe.closed and not pipe.read():
                self.selector.unregister(pipe.fd)
            return True

        return read

    def reap(self):
        try:
            while os.read(self.wake, CHUNK):
                pass
        except BlockingIOError:
            pass
        for pid in list(self.running):
            # Look first, kill the group, reap last: a process id is not used again before its process is reaped.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            kill_group(pid)
            _, status = os.waitpid(pid, 0)
            self.finish(pid, os.waitstatus_to_exitcode(status))
        return True

    def finish(self, pid, status):
        ident, outcome, log, naps = self.running.pop(pid)
        for pipe in filter(None, (outcome, log, naps)):
            pipe.read()
            if pipe.fd in self.selector.get_map():
                self.selector.unregister(pipe.fd)
            os.close(pipe.fd)
            pipe.closed = True
        self.answer({
            "id": ident,
            "status": status,
            "outcome": outcome.data.decode("utf-8", "replace"),
            "log": log.data.decode("utf-8", "replace"),
        })

    def answer(self, value):
        data = json.dumps(value).encode() + b"\n"
        while data:
            data = data[os.write(self.answers, data):]


def kill_group(pid):
    """End a script and what it started. The id is that of a child of ours that is not reaped yet."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def main():
    # The user's modules are found as the user's python3 finds them; nothing else of that environment is here.
    sys.path.extend(p for p in json.loads(sys.argv[1]) if p and p not in sys.path)
    standin, refuse_boto3 = sys.argv[2], sys.argv[3] == "standin"
    commands, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)  # a library that prints must not break the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the sandbox decides
    module = warm.load(standin, refuse_boto3)
    gc.collect()
    gc.freeze()
    server = Server(commands, answers)
    server.answer({"ready": module})
    server.serve()


if __name__ == "__main__":
    main()
