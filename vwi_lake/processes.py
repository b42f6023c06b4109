"""Processes known by id and start, since ids are used again."""

import psutil


def began(process: psutil.Process) -> float:
    """Seconds after the boot: as a time of day it changes when the clock is set."""
    return process.create_time() - psutil.boot_time()


def living(pid: int, start: float) -> psutil.Process | None:
    """The process of that id and start, if it still runs."""
    try:
        process = psutil.Process(pid)
        return process if abs(began(process) - start) < 1 and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None
