"""What the environment has to offer before anything is trained in it."""

import importlib
from importlib.metadata import version

import pytest


@pytest.mark.parametrize("module", ["transformers", "trl", "accelerate", "peft", "datasets", "tensorboard", "lmms_eval"])
def test_it_is_there(module: str) -> None:
    assert importlib.import_module(module)


def test_torch_reckons() -> None:
    import torch

    assert torch.tensor([1.0, 2.0]).sum().item() == 3.0


def test_lmms_eval_is_the_version_measured_with() -> None:
    assert version("lmms-eval") == "0.7.3"
