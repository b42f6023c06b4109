"""The order in which samples are learnt from."""

import random

import pytest

from vwi_lake.training.batches import GroupedBatches

CHANCE = random.Random(7)
LENGTHS = [CHANCE.randint(10, 500) for _ in range(1000)]
MODALITIES = ["text" if i % 10 == 0 else "image" for i in range(1000)]


@pytest.mark.parametrize("processes", [1, 2, 8])
@pytest.mark.parametrize("size", [1, 3])
def test_every_sample_comes_and_steps_are_of_one_modality(processes: int, size: int) -> None:
    made = GroupedBatches(MODALITIES, LENGTHS, size, processes)
    batches = list(made)
    assert len(batches) == len(made) and all(len(b) == size for b in batches)
    assert {i for b in batches for i in b} == set(range(1000))
    assert sum(map(len, batches)) - 1000 == made.taken_twice() < 2 * size * processes
    for i in range(0, len(batches), processes):
        assert len({MODALITIES[s] for b in batches[i : i + processes] for s in b}) == 1


def test_several_processes_take_the_steps_of_one() -> None:
    one, two = GroupedBatches(MODALITIES, LENGTHS, 2), GroupedBatches(MODALITIES, LENGTHS, 1, processes=2)
    pairs = list(two)
    assert list(one) == [a + b for a, b in zip(pairs[::2], pairs[1::2], strict=True)]


def test_an_epoch_has_its_order_and_another_has_another() -> None:
    made = GroupedBatches(MODALITIES, LENGTHS, 4, seed=1)
    first = list(made)
    assert list(made) == first
    made.set_epoch(1)
    second = list(made)
    made.set_epoch(0)
    assert second != first and list(made) == first
    assert list(GroupedBatches(MODALITIES, LENGTHS, 4, seed=2)) != first


def test_grouping_spares_padding() -> None:
    def padding(grouped: bool) -> float:
        batches = list(GroupedBatches(MODALITIES, LENGTHS, 8, grouped=grouped))
        shown = sum(8 * max(LENGTHS[i] for i in b) for b in batches)
        return 1 - sum(LENGTHS[i] for b in batches for i in b) / shown

    assert padding(True) < padding(False) / 4
