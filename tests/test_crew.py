"""Who is at work on a lake: claims, leave and death."""

import psutil
import pytest

from vwi_lake.crew import ANY, Crew
from vwi_lake.settings import LakeSettings


@pytest.fixture
def crew(tmp_path):
    """Workers of one job, as many as are asked for; this process is that of all of them."""
    made = []

    def join():
        one = Crew.of(LakeSettings(path=str(tmp_path)), "job", f"run{len(made)}")
        one.join()
        made.append(one)
        return one

    yield join
    for one in made:
        one._stop()
        one.book.close()


def test_a_unit_has_one_worker_and_nobody_claims_it_who_saw_less(crew):
    one, two = crew(), crew()
    assert two.run_id == one.run_id
    assert one.claim("s", ["a", "b"], ANY) == {"a", "b"}
    assert two.claim("s", ["a", "c"], ANY) == {"c"}
    assert two.others_hold("s")
    one.release("s", ["a"], 7)
    assert two.claim("s", ["a"], 6) == set()
    assert two.claim("s", ["a"], 7) == {"a"}


def test_who_dies_is_buried_after_what_it_left_is_taken_in(crew):
    one, two = crew(), crew()
    one.claim("s", ["a"], ANY)
    assert not two.bury(lambda: pytest.fail("nobody is dead"), lambda: 1)
    one.die()
    order = []
    assert two.bury(lambda: order.append(two.claim("s", ["a"], ANY)), lambda: 1)
    assert order == [set()], "free before what it left was taken in"
    assert two.claim("s", ["a"], 1) == {"a"}


def test_a_clock_that_jumps_kills_nobody(crew, monkeypatch):
    """Where the clock is set, the kernel tells another time of boot, and psutil another start of every process."""
    one, two = crew(), crew()
    boot_time = psutil._psplatform.boot_time
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: boot_time() + 86_400)
    assert not two.bury(lambda: pytest.fail("a worker that lives is taken for dead"), lambda: 1)
    assert one.size() == 2
