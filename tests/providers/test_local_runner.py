"""Jobs as processes: exit statuses, logs, secrets, and that nothing outlives its owner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from vwi_lake.providers.local_runner import LocalRunner
from vwi_lake.providers.runner import Job, JobError, run, tail

# a parent with a child of its own: their ids go to a file, and SIGTERM is answered as `on_term` says
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
signal.signal(signal.SIGTERM, {on_term})
open("ids.part", "w").write(f"{{os.getpid()}} {{child.pid}}")
os.rename("ids.part", "ids")
time.sleep(600)
"""


def job(folder: Path, code: str, *words: str, **environment: str) -> Job:
    return Job((sys.executable, "-c", code, *words), folder / "log.txt", folder / "work", environment)


def ids(folder: Path) -> list[int]:
    deadline = time.monotonic() + 20
    while not (folder / "work" / "ids").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return [int(word) for word in (folder / "work" / "ids").read_text().split()]


def gone(processes: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE for p in processes):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("print('fine')", 0, ""),
        ("import sys; print('what was wrong'); sys.exit(3)", 3, "failed with exit status 3; its last words:\nwhat was wrong"),
        ("import os; os.kill(os.getpid(), 9)", 137, "was ended by SIGKILL (out of memory?)"),
        ("import os; os.kill(os.getpid(), 15)", 143, "was ended by SIGTERM;"),
    ],
)
def test_exit_status(tmp_path: Path, code: str, status: int, words: str) -> None:
    assert LocalRunner().start(job(tmp_path, code)).wait() == status
    if status:
        with pytest.raises(JobError) as told:
            run(LocalRunner(), job(tmp_path, code))
        assert told.value.status == status and words in str(told.value) and str(tmp_path / "log.txt") in str(told.value)


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot run /no/such/program: No such file"):
        run(LocalRunner(), Job(("/no/such/program",), tmp_path / "log.txt", tmp_path))


def test_words_reach_the_command_as_they_are(tmp_path: Path) -> None:
    """No shell reads them; the folder is made; the log is appended to."""
    odd = "a b; touch /x $(id) `id` 'q' \"r\" *"
    for _ in range(2):
        run(LocalRunner(), job(tmp_path, "import sys, os; print(sys.argv[1], os.environ['NAMED'], os.getcwd())", odd, NAMED="here"))
    assert (tmp_path / "log.txt").read_text() == f"{odd} here {tmp_path / 'work'}\n" * 2


def test_secrets_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_inherited")
    code = "import os, sys; print(os.environ['SOME_API_KEY'], os.environ['HF_TOKEN'], 'postgres://me:hidden@db'); sys.exit(1)"
    failing = job(tmp_path, code, SOME_API_KEY="sk-123456")
    with pytest.raises(JobError) as told:
        run(LocalRunner(), failing)
    assert "*** *** postgres://me:***@db" in str(told.value)
    assert "sk-123456" not in repr(failing)


def test_the_tail_of_a_log_with_progress_bars(tmp_path: Path) -> None:
    code = "print('\\r'.join(f'{n}%' for n in range(5000))); print(*range(30), sep='\\n'); print(b'\\xff'.decode('latin1'))"
    run(LocalRunner(), done := job(tmp_path, code))
    assert tail(done).splitlines()[:2] == ["16", "17"]
    (tmp_path / "log.txt").write_bytes(b"1%\r2%\r3%\r\nend \xff\n")
    assert tail(done) == "3%\nend \ufffd"


@pytest.mark.parametrize("on_term", ["signal.SIG_DFL", "lambda *_: None"])
def test_cancel_ends_the_whole_family(tmp_path: Path, on_term: str) -> None:
    """Also one that does not listen, after the grace."""
    running = LocalRunner().start(job(tmp_path, FAMILY.format(on_term=on_term)))
    family = ids(tmp_path)
    assert running.wait(0.01) is None
    assert running.cancel(grace_s=0.2) in (137, 143)
    assert gone(family)
    assert running.cancel() in (137, 143)  # twice is once


def test_a_cancelled_job_may_finish_its_work(tmp_path: Path) -> None:
    on_term = "lambda *_: (time.sleep(0.3), open('checkpoint', 'w').close(), sys.exit(0))"
    running = LocalRunner().start(job(tmp_path, FAMILY.format(on_term=on_term)))
    family = ids(tmp_path)
    assert running.cancel(grace_s=20) == 0
    assert (tmp_path / "work" / "checkpoint").exists() and gone(family)


def test_an_interrupted_wait_cancels(tmp_path: Path) -> None:
    def tick() -> None:
        if (tmp_path / "work" / "ids").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(LocalRunner(), job(tmp_path, FAMILY.format(on_term="signal.SIG_DFL")), tick, every_s=0.02)
    assert gone(ids(tmp_path))


def test_no_job_outlives_an_owner_that_was_killed(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from vwi_lake.providers.local_runner import LocalRunner
from vwi_lake.providers.runner import Job
here = Path(sys.argv[1])
LocalRunner().start(Job((sys.executable, "-c", {FAMILY.format(on_term="signal.SIG_DFL")!r}), here / "log.txt", here / "work")).wait()
"""
    root = str(Path(__file__).parents[2])
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env={**os.environ, "PYTHONPATH": root})
    family = ids(tmp_path)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert gone(family)
