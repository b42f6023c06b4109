"""Does an endpoint answer, and does it serve the model? Asked before anything is asked of it in earnest."""

import os

import httpx

from vwi_lake.errors import VwiError

TIMEOUT_S = 10.0


def check_answers(url: str, model: str, key_name: str, who: str) -> None:
    """VwiError where nobody answers, the key is refused or the model is another; servers that list no models pass."""
    key = os.environ.get(key_name, "")
    try:
        with httpx.Client(timeout=TIMEOUT_S) as client:
            reply = client.get(f"{url.rstrip('/')}/models", headers={"Authorization": f"Bearer {key}"} if key else {})
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise VwiError(
            f"nobody answers at {url} ({who}): {error or type(error).__name__}. Does it run, and does the address end in /v1?"
        ) from None
    if reply.status_code in (401, 403):
        raise VwiError(f"{url} ({who}) refuses the key in {key_name}")
    if reply.status_code >= 500:
        raise VwiError(f"{url} ({who}) is in trouble: HTTP {reply.status_code}")
    served = served_models(reply)
    if served and model not in served:
        raise VwiError(f"{url} ({who}) serves no {model!r}; it has {', '.join(served[:10])}")


def served_models(reply: httpx.Response) -> list[str]:
    """Their names; none where the reply is no list of models."""
    try:
        return [str(entry["id"]) for entry in reply.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return []
