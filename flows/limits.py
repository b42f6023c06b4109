"""How many batches of a stage are asked at a time over all flow runs of a server: Prefect's global concurrency limits `vwi-<stage>`."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.concurrency.sync import concurrency

from vwi_lake.estimate import WRITERS
from vwi_lake.stages import STAGES

LLM = "llm"  # one limit for all stages that ask a model
KNOWN = (*STAGES, LLM)
OF_THE_WEB = ("search_images", "fetch_pages", "fetch_images")
LEASE_S = 60.0  # a slot of a run that died is free after this; a batch that lives renews it


def limit_name(what: str) -> str:
    return f"vwi-{what}"


def known_limits() -> set[str]:
    """Names of the limits that the server has; asked once, since Prefect warns at each use of one that it lacks."""
    with get_client(sync_client=True) as client:
        return {limit.name for limit in client.read_global_concurrency_limits(limit=200) if limit.active}


def names_of(stage: str, known: set[str], asks_model: bool, is_saved: bool) -> list[str]:
    """Limits of a stage that the server knows. Saved pages are nobody's server to be spared."""
    if is_saved and stage in OF_THE_WEB:
        return []
    wanted = [stage, *([LLM] if asks_model and stage in WRITERS else [])]
    return [name for name in map(limit_name, wanted) if name in known]


@contextmanager
def slot(names: list[str]) -> Iterator[None]:
    """Wait for a place under each of these limits, and keep it meanwhile."""
    if not names:
        yield
        return
    with concurrency(names, occupy=1, lease_duration=LEASE_S, raise_on_lease_renewal_failure=False):
        yield
