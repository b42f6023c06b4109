"""Jobs as processes of this machine, held on a leash: none outlives whoever started it, not even a `kill -9` of that one."""

import os
import subprocess
import sys
from contextlib import suppress

from vwi_lake.providers import leash
from vwi_lake.providers.runner import Job


class LocalRunning:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def wait(self, timeout_s: float | None = None) -> int | None:
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self._let_go()
        return 128 - status if status < 0 else status

    def cancel(self, grace_s: float | None = None) -> int:
        self._let_go(b"" if grace_s is None else f"{grace_s}\n".encode())
        status = self.wait()
        assert status is not None
        return status

    def _let_go(self, last_word: bytes = b"") -> None:
        """Closing the pipe ends what still runs at its other end."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):  # nobody is there any more, or it was closed before
            self.process.stdin.write(last_word)
        with suppress(OSError):
            self.process.stdin.close()


class LocalRunner:
    def start(self, job: Job) -> LocalRunning:
        job.folder.mkdir(parents=True, exist_ok=True)
        job.log.parent.mkdir(parents=True, exist_ok=True)
        with job.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - words, no shell
                [sys.executable, "-I", "-S", leash.__file__, str(job.grace_s), *job.command],
                cwd=job.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **job.environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is the owner's to handle
            )
        return LocalRunning(process)
