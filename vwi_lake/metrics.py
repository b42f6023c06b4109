"""Prometheus metrics of a run, served while it goes where [metrics] port says so; OpenTelemetry collectors read the same page."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vwi_lake.settings import MetricsSettings

log = logging.getLogger(__name__)


@dataclass
class Metrics:
    """Counters of one run. Until `serve` is called nothing is counted."""

    run_id: str
    served_at: str | None = None
    _of: dict[str, Any] = field(default_factory=dict)
    _server: Any = None

    def serve(self, settings: MetricsSettings) -> None:
        """A port that another run has is told, and ends no run."""
        if settings.port is None:
            return
        from prometheus_client import CollectorRegistry, start_http_server

        registry = CollectorRegistry()
        try:
            self._server, _ = start_http_server(settings.port, settings.host, registry)
        except (OSError, OverflowError) as error:
            log.warning("no metrics at %s:%s: %s", settings.host, settings.port, error)
            return
        self._of = _instruments(registry, self.run_id)
        self.served_at = f"http://{settings.host}:{self._server.server_port}/metrics"
        log.info("metrics at %s", self.served_at)

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def waiting(self, stage: str, rows: int) -> None:
        """How many rows a stage has still to ask about, as it starts."""
        if self._of:
            self._of["pending"].labels(stage).set(rows)

    @contextmanager
    def asking(self, stage: str) -> Iterator[None]:
        """Around one row."""
        if not self._of:
            yield
            return
        with self._of["in_flight"].labels(stage).track_inprogress(), self._of["seconds"].labels(stage).time():
            yield

    def answered(self, stage: str, records: Sequence[Any]) -> None:
        """The records of one row: one outcome, and what they cost."""
        if not self._of:
            return
        self._of["pending"].labels(stage).dec()
        outcome = next((e for r in records if (e := getattr(r, "error", None))), None) or "ok"
        self._of["rows"].labels(stage, outcome).inc()
        for record in records:
            self._spent(stage, record)

    def _spent(self, stage: str, record: Any) -> None:
        if cost := getattr(record, "cost_usd", None):
            self._of["cost"].labels(stage, getattr(record, "model", None) or getattr(record, "provider", "")).inc(cost)
        for kind in ("prompt", "completion", "cached"):
            if tokens := getattr(record, f"{kind}_tokens", None):
                self._of["tokens"].labels(stage, record.model, kind).inc(tokens)


def _instruments(registry: Any, run_id: str) -> dict[str, Any]:
    from prometheus_client import Counter, Gauge, Histogram, Info

    Info("vwi_run", "The run that is served here.", registry=registry).info({"run_id": run_id})
    seconds = (0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300)
    return {
        "rows": Counter("vwi_rows", "Rows answered, by stage and error class (ok: none).", ["stage", "outcome"], registry=registry),
        "pending": Gauge("vwi_pending_rows", "Rows that a stage of this run has still to ask about.", ["stage"], registry=registry),
        "in_flight": Gauge("vwi_in_flight", "Rows being asked about now.", ["stage"], registry=registry),
        "seconds": Histogram("vwi_row_seconds", "Time that a row takes to be answered.", ["stage"], registry=registry, buckets=seconds),
        "cost": Counter("vwi_cost_usd", "US dollars, where a price is known.", ["stage", "model"], registry=registry),
        "tokens": Counter("vwi_tokens", "Tokens of model calls.", ["stage", "model", "kind"], registry=registry),
    }
