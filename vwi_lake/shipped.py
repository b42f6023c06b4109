"""Where sql/, flows/ and prefect.yaml lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent


def shipped(name: str) -> Path:
    """The folder or file `name` of this project, wherever it was installed from."""
    inside = PACKAGE / "_shipped" / name
    return inside if inside.exists() else CHECKOUT / name
