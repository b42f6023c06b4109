"""The tables of bronze that SQL reads, whoever writes them."""

from vwi_lake.ablation import AblationCell
from vwi_lake.columns import Record
from vwi_lake.evaluation.records import RECORDS as EVALUATION
from vwi_lake.stages import PIPELINE

BRONZE: list[type[Record]] = list(dict.fromkeys([*(record for stage in PIPELINE for record in stage.records), *EVALUATION, AblationCell]))
