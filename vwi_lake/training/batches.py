"""In which order samples are learnt from: batches of one modality and of similar length, so that no step waits for one long sample."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Batch = list[int]


@dataclass
class GroupedBatches:
    """Batches of sample numbers, one after the other for all processes: process r of n takes every n-th.

    The n batches of a step are of one modality: where weights are sharded, a process without pictures would not take part
    when the others gather the vision tower, and all would wait forever. To make steps whole, a few samples are taken twice.
    """

    modalities: Sequence[str]
    lengths: Sequence[int]  # tokens
    batch_size: int
    processes: int = 1
    grouped: bool = True
    seed: int = 0
    epoch: int = 0
    drop_last: bool = False  # read by accelerate, which deals the batches out

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._steps(random.Random(0))) * self.processes  # noqa: S311 - an order, not a secret

    def __iter__(self) -> Iterator[Batch]:
        steps = self._steps(random.Random(f"{self.seed}-{self.epoch}"))  # noqa: S311
        for step in steps:
            yield from (step[i : i + self.batch_size] for i in range(0, len(step), self.batch_size))

    def _steps(self, chance: random.Random) -> list[Batch]:
        steps = []
        for modality in sorted(set(self.modalities)):
            places = [i for i, m in enumerate(self.modalities) if m == modality]
            chance.shuffle(places)
            steps += self._of_one(places)
        chance.shuffle(steps)
        return steps

    def _of_one(self, places: Batch) -> list[Batch]:
        """Steps of one modality; within a window of fifty, longer samples stand with longer ones."""
        whole = self.batch_size * self.processes
        window = whole * 50
        if self.grouped:
            parts = [sorted(places[i : i + window], key=lambda p: -self.lengths[p]) for i in range(0, len(places), window)]
            places = [place for part in parts for place in part]
        places = places + self.twice(places, -len(places) % whole)
        return [places[i : i + whole] for i in range(0, len(places), whole)]

    @staticmethod
    def twice(places: Batch, missing: int) -> Batch:
        return [places[i % len(places)] for i in range(missing)]

    def taken_twice(self) -> int:
        """Samples of an epoch that come a second time, to make its steps whole."""
        return len(self) * self.batch_size - len(self.modalities)
