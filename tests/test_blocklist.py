"""Lists that people edit: what is put right, and what is refused with the line and the remedy."""

import pytest

from vwi_lake.blocklist import read_list
from vwi_lake.errors import VwiError
from vwi_lake.lake import csv_rows
from vwi_lake.rules import Rules

BLOCKED = "seeds.blocked_domains"


def blocked(*lines, header="domain,path_pattern,category"):
    return read_list(BLOCKED, "\n".join(["# a comment", header, *lines]), "mine.csv").rows()


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("tube.com,,video", ("tube.com", None, "video")),
        ("  Tube.COM , , Video ", ("tube.com", None, "video")),
        (".tube.com,,video", ("tube.com", None, "video")),
        ("*.tube.com.,,video", ("tube.com", None, "video")),
        ("bücher.de,,shop", ("xn--bcher-kva.de", None, "shop")),
        ("tube.com,,File host", ("tube.com", None, "file_host")),
        ("tube.com,,", ("tube.com", None, "other")),
        ("tube.com", ("tube.com", None, "other")),
        ("wiki.org,/wiki/File:*,image_host", ("wiki.org", "/wiki/File:*", "image_host")),
        ('wiki.org,"/a,b*",shop', ("wiki.org", "/a,b*", "shop")),
        ("10.0.0.1,,other", ("10.0.0.1", None, "other")),
    ],
)
def test_a_line_is_put_right(line, row):
    assert blocked(line) == [row]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tu be.com,,video", "has a space in it; write tube.com or tu.be.com"),
        ("https://tube.com/watch,,video", "write tube.com as domain and /watch* as path_pattern"),
        ("tube.com/watch,,video", "write tube.com as domain and /watch* as path_pattern"),
        (",,video", "no domain"),
        (" . ,,video", "no domain"),
        ("com,,video", "a whole top-level domain"),
        ("*,,video", "every domain"),
        ("tube..com:x,,video", "no host name"),
        ("tube.com,^/watch,video", "looks like a regular expression; write a glob"),
        ("tube.com,/watch.*,video", "looks like a regular expression"),
        (r"tube.com,/watch\d+,video", "looks like a regular expression"),
        ("tube.com,/wat[ch,video", "a bracket without its partner"),
        ("tube.com,watch,video", "write /watch"),
        ("tube.com,,video!", "category 'video!' is no name"),
        ("tube.com,,video,yes", "4 cells under 3 columns"),
    ],
)
def test_a_typo_is_refused_with_file_line_and_remedy(line, says):
    with pytest.raises(VwiError) as refused:
        blocked("fine.com,,video", "", line)
    assert str(refused.value).startswith("mine.csv, line 5: ")
    assert says in str(refused.value)


@pytest.mark.parametrize("header", ["domian,category", "tube.com,,video", "domain,kind"])
def test_a_wrong_header_is_refused(header):
    with pytest.raises(VwiError, match=r"mine\.csv: the first line names the columns; write domain,path_pattern,category"):
        blocked(header=header)


def test_an_empty_file_is_refused():
    with pytest.raises(VwiError, match="it says nothing"):
        read_list(BLOCKED, "# only a comment\n", "mine.csv")


def test_lists_without_paths_and_lists_with_a_byte_order_mark_are_read():
    assert read_list(BLOCKED, "\ufeffdomain,category\r\ntube.com,video\r\n", "m").rows() == [("tube.com", None, "video")]


def test_of_a_repeated_entry_the_first_counts():
    assert blocked("tube.com,,video", "TUBE.com,,shop", "tube.com,/x,shop") == [("tube.com", None, "video"), ("tube.com", "/x", "shop")]


def test_caps_are_numbers_and_may_stand_for_all():
    assert read_list("seeds.domain_caps", "domain,cap\n*,1000\nA.org,050", "caps.csv").rows() == [("*", "1000"), ("a.org", "50")]
    with pytest.raises(VwiError, match=r"caps\.csv, line 2: cap 'many' is no number"):
        read_list("seeds.domain_caps", "domain,cap\na.org,many", "caps.csv")


def test_an_overlay_replaces_adds_and_allows(tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "blocked_domains_more.csv").write_text("domain,path_pattern,category\nMine.org,,other\n")
    tables = Rules(tmp_path).csv_tables
    assert csv_rows("seeds.blocked_domains_more", tables["seeds.blocked_domains_more"]).rows() == [("mine.org", None, "other")]
    assert csv_rows("seeds.blocked_domains", tables["seeds.blocked_domains"]).height > 300
    (tmp_path / "seeds" / "allowed_domains.csv").write_bytes(b"domain\n\xff.org\n")
    with pytest.raises(VwiError, match="not a readable table"):
        csv_rows("seeds.allowed_domains", Rules(tmp_path).csv_tables["seeds.allowed_domains"])
