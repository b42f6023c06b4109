"""Cells of an ablation: their order, what makes one another one, and the table that they fill."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.sql.harness import rows_of
from vwi_lake.ablation import Cell, cells, data_sha, finished, found
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.records import BRONZE
from vwi_lake.settings import LakeSettings

CELL = Cell("alone", "a/base", "tiny", 0, ("held_out",), None, "abc")


def test_every_mix_on_every_base_with_every_seed_but_the_base_as_it_is_once():
    made = list(cells(["none", "alone"], ["x", "y"], [1, 2]))
    assert made == [("none", "x", 1), ("alone", "x", 1), ("alone", "x", 2), ("none", "y", 1), ("alone", "y", 1), ("alone", "y", 2)]


@pytest.mark.parametrize(("mixes", "bases", "seeds"), [([], ["x"], [0]), (["alone"], [], [0]), (["alone", "alone"], ["x"], [0])])
def test_nothing_or_the_same_twice_is_refused(mixes, bases, seeds):
    with pytest.raises(VwiError, match="name at least one, and none twice"):
        list(cells(mixes, bases, seeds))


def test_a_finished_cell_is_found_again_and_another_one_is_not(tmp_path):
    lake = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=BRONZE)
    assert found(lake, CELL) is None
    finished(lake, CELL, "e1", "t1")
    assert found(lake, CELL) == "e1"
    others = {"mix": "none", "base": "b", "recipe": "full", "seed": 1, "tasks": ("held_out", "mmmu_val"), "limit": 5, "data_sha": "abd"}
    others["base_files"] = (("model.safetensors", 1, 2),)
    for name, value in others.items():
        assert found(lake, replace(CELL, **{name: value})) is None, name
    row = lake.query("select mix, base, recipe, seed, tasks, data_sha, training_run_id, eval_run_id from bronze.ablation_cells").rows()
    assert row == [("alone", "a/base", "tiny", 0, ["held_out"], "abc", "t1", "e1")]
    lake.close()


def test_data_is_known_by_its_checksums(tmp_path):
    (tmp_path / "SHA256SUMS").write_text("0  a\n")
    first = data_sha(tmp_path)
    (tmp_path / "SHA256SUMS").write_text("1  a\n")
    assert data_sha(tmp_path) != first


def test_the_table():
    """Base right on 1 of 4, the trained model on 3 of 4, one of them the base's: gain .5, p = 2 · ½²."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    scores = {"e0": [1, 0, 0, 0], "e1": [1, 1, 1, 0]}
    samples = [
        {"run_id": r, "task": "t", "doc_id": str(d), "score": float(s), "asked_at": now}
        for r, all_ in scores.items()
        for d, s in enumerate(all_)
    ]
    runs = [{"run_id": r, "task": "t", "status": "completed", "asked_at": now} for r in scores]
    known = {"base": "b", "recipe": "tiny", "seed": 0, "tasks": ["t"], "asked_at": now}
    made = [known | {"key": "k0", "mix": "none", "eval_run_id": "e0"}, known | {"key": "k1", "mix": "alone", "eval_run_id": "e1"}]
    given = {"bronze.eval_samples": samples, "bronze.eval_runs": runs, "bronze.ablation_cells": made}
    trained, base = rows_of("gold.ablations", given)
    assert (trained["mix"], trained["value"], trained["gain"], trained["p"], trained["n"]) == ("alone", 0.75, 0.5, 0.5, 4)
    assert trained["gain_low"] < 0.5 < trained["gain_high"]
    assert (base["mix"], base["value"], base["gain"], base["p"]) == ("none", 0.25, None, None)
