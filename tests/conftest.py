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
