"""Which formats there are, and an export of one snapshot in one of them."""

import difflib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vwi_lake.errors import VwiError
from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.llava import export_llava
from vwi_lake.export.mix import Mix, export_mix
from vwi_lake.export.pairs import hint_of_splits
from vwi_lake.export.parquet import export_parquet
from vwi_lake.export.qa import export_qa
from vwi_lake.export.warc import export_warc
from vwi_lake.export.webdataset import export_webdataset
from vwi_lake.lake import Lake
from vwi_lake.maintenance import pin
from vwi_lake.settings import LakeSettings

FORMATS = {
    "llava": export_llava,
    "parquet": export_parquet,
    "webdataset": export_webdataset,
    "qa": export_qa,
    "warc": export_warc,
}


def export(settings: LakeSettings, form: str | Mix, path: Path, at: str | None = None, tick: Tick = silent) -> Exported:
    """Write a snapshot (a number or a run's id; the newest where none is named) to a folder: in a format, or a mix of it in LLaVA's.

    Runs may go on meanwhile.
    """
    if isinstance(form, str) and form not in FORMATS:
        close = difflib.get_close_matches(form, FORMATS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(FORMATS)}"
        raise VwiError(f"no format {form!r}: {hint}")
    newest = Lake.read(settings)
    try:
        pinned = at or str(newest.snapshot())
    finally:
        newest.close()
    lake = Lake.read(settings, pinned)
    try:
        with suppress(VwiError):  # a lake that may only be read: nobody maintains it from here either
            pin(settings, lake.snapshot(), f"export {form if isinstance(form, str) else form.name}")
        done = export_mix(lake, path, form, tick) if isinstance(form, Mix) else FORMATS[form](lake, path, tick)
        return done if form == "warc" else replace(done, hint=hint_of_splits(lake))
    finally:
        lake.close()
