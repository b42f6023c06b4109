"""These run in the training environment (`make test-train`); in any other, which has no torch, they are not looked at."""

import importlib.util

import pytest

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """The libraries of that environment warn about each other; what our own code warns of is still an error."""
    for module in ("torch", "transformers", "trl", "accelerate", "peft", "deepspeed"):
        config.addinivalue_line("filterwarnings", f"ignore:::{module}")
