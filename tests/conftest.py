"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real pages and third-party suites; the test is skipped on machines without it."""
    folder = Path(os.environ.get("VWI_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "corpus" / "manifest.jsonl").exists():
        pytest.skip(f"no real pages at {folder}; set VWI_SHARED to run this")
    return folder


@pytest.fixture(scope="session")
def train_python() -> Path:
    """The Python of the training environment, as `make setup-train` makes it; the test is skipped on machines without it."""
    found = Path(os.environ.get("VWI_TRAIN_PYTHON") or Path(__file__).parents[1] / ".venv-train/bin/python")
    if not found.exists():
        pytest.skip(f"no training environment at {found}: make setup-train")
    return found
