import logging

import pytest

from vwi_lake.catalog import outlast
from vwi_lake.errors import VwiError


def seen(*looks):
    """What is open at each look; the last one stays."""
    rest = list(looks)
    return lambda: rest.pop(0) if len(rest) > 1 else rest[0]


def test_only_what_was_open_at_first_is_waited_for(caplog):
    outlast(seen({"3/1": 7, "4/1": 8}, {"4/1": 8, "3/2": 7}, {"3/2": 7}))
    assert not caplog.records


def test_whom_one_waits_for_is_said_once(caplog):
    caplog.set_level(logging.WARNING)
    outlast(seen({"3/1": 7}, {"3/1": 7}, {"3/1": 7}, {}), quiet_s=0)
    assert [record.getMessage().partition("of PostgreSQL's ")[2] for record in caplog.records] == ["processes 7"]


def test_nobody_waits_for_ever():
    with pytest.raises(VwiError, match="processes 7, 8 have had transactions open"):
        outlast(seen({"3/1": 8, "4/1": 7}), longest_s=0)
