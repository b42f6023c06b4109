"""The types of the parameters that people see in Prefect's form: what may be chosen, what is checked before a run starts.

What each is for stands in the flow's docstring, where Prefect looks for it.
"""

from enum import Enum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from vwi_lake.export.mix import MIXES
from vwi_lake.stages import STAGES

# a path, name or condition: of one line, no blanks around it, so that a slip in the form is told before a run starts
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^\S([^\x00-\x1f\x7f]*\S)?$")]
StageName = Enum("StageName", {name: name for name in STAGES}, type=str)  # type: ignore[misc] # named by the pipeline itself
SearchProvider = Literal["local", "all", "serpapi", "google_vision", "serper"]
Rounds = Annotated[int, Field(ge=1, le=100)]
ExportForm = Literal["llava", "parquet", "webdataset", "qa", "warc"]
MixName = Enum("MixName", {name: name for name in MIXES}, type=str)  # type: ignore[misc]
Seed = Annotated[int, Field(ge=0)]
Sample = Annotated[str, StringConstraints(pattern=r"^(all|(first|end|random):\d+(\.\d+)?%?)$")]
