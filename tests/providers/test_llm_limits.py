import asyncio

import pytest

from vwi_lake.providers.llm_limits import Drip, Pace, refill_s, span_s


@pytest.mark.parametrize(
    ("text", "seconds"), [("6m0s", 360), ("1.2s", 1.2), ("20ms", 0.02), ("7", 7), ("1h", 3600), ("", None), ("soon", None)]
)
def test_spans(text, seconds):
    assert span_s(text) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"remaining": "5", "limit": "60", "reset": "10s"}, 0),
        ({"remaining": "0", "limit": "60", "reset": "60s"}, 1),
        ({"remaining": "0", "reset": "3s"}, 3),
        ({"remaining": "none", "reset": "3s"}, 0),
        ({"remaining": "0", "limit": "60", "reset": "later"}, 0),
    ],
)
def test_when_the_allowance_is_back(headers, seconds):
    named = {f"x-ratelimit-{name}-requests": value for name, value in headers.items()}
    assert refill_s(named, "requests", 1.0) == pytest.approx(seconds)


def test_units_drip_evenly_after_a_burst_of_a_second():
    drip = Drip(120)
    assert [drip.take(1, 100.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert Drip(None).take(1e9, 0.0) == 0.0


def test_a_429_narrows_once_and_answers_widen_again():
    now = [0.0]
    pace = Pace(16, clock=lambda: now[0])
    for _ in range(5):  # sent beside each other: one trouble
        pace.refused(2.0)
    assert (pace.width, pace.held_until) == (8.0, 2.0)
    now[0] = 3.0
    pace.refused(1.0)
    assert pace.width == 4.0
    for _ in range(100):
        pace.answered({})
    assert pace.width == 16.0


def test_who_waits_is_let_in_and_who_gives_up_loses_no_place():
    async def run():
        pace = Pace(1)
        await pace.enter(1)
        waiting = [asyncio.create_task(pace.enter(1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        pace.leave()
        await asyncio.wait_for(waiting[1], 1)
        assert (pace.open, waiting[2].done()) == (1, False)
        pace.leave()
        await asyncio.wait_for(waiting[2], 1)

    asyncio.run(run())
