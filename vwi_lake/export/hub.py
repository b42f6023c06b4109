"""An export in Parquet as a data set on the Hugging Face Hub. The token comes from the environment and goes nowhere else."""

import os
from pathlib import Path

from vwi_lake.errors import VwiError, redacted

TOKEN = "HF_TOKEN"  # noqa: S105 - where it is read from
NOT_UPLOADED = ["export.json", ".*"]  # what an export keeps for itself


def ready(repo: str) -> str:
    """The token; VwiError where there is none, before anything is written."""
    try:
        from huggingface_hub.utils import HFValidationError, validate_repo_id
    except ImportError:
        raise VwiError("--push needs huggingface_hub: pip install 'vwi-lake[hub]'") from None
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise VwiError(f"no repository of the Hub is called {repo!r}: {error}") from None
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise VwiError(f"--push needs a token that may write: make one at https://huggingface.co/settings/tokens and set {TOKEN}")
    return token


def push(folder: Path, repo: str, private: bool, message: str) -> str:
    """Make the data set what the folder holds, in one commit, and return its address. What the folder no longer has goes there too."""
    token = ready(repo)
    from httpx import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    try:
        place = api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo, repo_type="dataset", folder_path=folder, commit_message=message, delete_patterns="*", ignore_patterns=NOT_UPLOADED
        )
    except (HfHubHTTPError, HTTPError, OSError) as error:
        raise VwiError(f"the Hub did not take {repo}: {redacted(str(error)).replace(token, '…')}. Run the same command again.") from None
    return str(place)
