import httpx
import pytest

from vwi_lake.providers.serpapi import following, read

ASKED = httpx.Request("GET", "https://serpapi.com/search.json?engine=google_lens&api_key=k")


@pytest.mark.parametrize(
    ("paging", "token"),
    [
        ({"next_page_token": "t"}, "t"),
        ({"next": "https://serpapi.com/search.json?engine=google_lens&page_token=t"}, "t"),
        ({"next": "https://elsewhere.example/?page_token=t"}, "t"),
        ({"next": "http://[broken"}, None),
        ({}, None),
        (None, None),
        ("t", None),
    ],
)
def test_the_next_page_is_asked_of_the_same_server(paging, token):
    request = following({"serpapi_pagination": paging}, ASKED)
    assert (request.url.params["page_token"] if request else None) == token
    assert request is None or (request.url.host, request.url.params["api_key"]) == ("serpapi.com", "k")


def test_exact_matches_come_before_similar_ones():
    reply = {
        "visual_matches": [{"link": "http://b.example/", "thumbnail": "http://t.example/"}],
        "exact_matches": [{"link": "http://a.example/"}],
    }
    assert [(h.rank, h.page_url, h.image_url, h.score) for h in read(reply)] == [
        (1, "http://a.example/", None, 1.0),
        (2, "http://b.example/", "http://t.example/", 0.5),
    ]
