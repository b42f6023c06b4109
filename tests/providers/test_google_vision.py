import json

from tests.providers.search_servers import vision_page
from vwi_lake.providers.google_vision import read


def test_whole_matches_first_and_similar_images_last():
    found = [(h.page_url, h.image_url, h.score) for h in read(json.loads(vision_page(1).body))]
    assert found == [
        ("https://whole.example/", "https://whole.example/i.png", 1.0),
        ("https://part0.example/", "https://part0.example/i.png", 0.75),
        ("https://similar.example/i.png", "https://similar.example/i.png", 0.5),
    ]
