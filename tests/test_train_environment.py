"""The training environment, as others start it."""

import subprocess
from pathlib import Path

import pytest


@pytest.mark.train
def test_lmms_eval_speaks_to_endpoints(train_python: Path) -> None:
    told = subprocess.run(
        [train_python, "-c", "from lmms_eval.models import get_model; print(get_model('openai').__name__)"],
        env={"HF_HUB_OFFLINE": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["OpenAICompatible"]
