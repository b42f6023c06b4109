"""Run a command as the leader of its own process group, and end the whole group when standard input closes: when who started us
lets go, or is killed. `python leash.py GRACE_S COMMAND…`; needs nothing but Python.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress


def main(grace_s: float, command: list[str]) -> int:
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - words, no shell
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - into the job's log
        return 127
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=end, args=(child, grace_s), daemon=True).start())
    threading.Thread(target=let_go, args=(child, grace_s), daemon=True).start()
    status = child.wait()
    kill(child.pid)  # what it left behind in its group
    return 128 - status if status < 0 else status


def let_go(child: subprocess.Popen[bytes], default_s: float) -> None:
    """Wait for a line with the grace in seconds, or for standard input to close without one."""
    end(child, float(sys.stdin.readline().strip() or default_s))


def end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(child.pid)


def kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
