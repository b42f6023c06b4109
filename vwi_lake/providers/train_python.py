"""The interpreter of the training environment: torch, transformers and lmms-eval live there, never beside us."""

import os
from pathlib import Path

from vwi_lake.errors import VwiError
from vwi_lake.shipped import CHECKOUT

VARIABLE = "VWI_TRAIN_PYTHON"


def train_python() -> Path:
    """What VWI_TRAIN_PYTHON names, else `.venv-train` here or in the checkout; VwiError where there is none."""
    if named := os.environ.get(VARIABLE):
        if not os.access(named, os.X_OK):
            raise VwiError(f"{VARIABLE}={named} is no program: correct it, or unset it")
        return Path(named).absolute()
    for folder in (Path.cwd(), CHECKOUT):
        if os.access(found := folder / ".venv-train" / "bin" / "python", os.X_OK):
            return found.absolute()
    raise VwiError(f"no training environment: `make setup-train` makes .venv-train, or set {VARIABLE} to the python of one that you have")
