"""Search provider `all`: no image is asked about; every HTML page of the saved sites is a hit."""

from vwi_lake.providers import Hit
from vwi_lake.providers.saved import SavedWeb


class AllPages:
    name = "all"

    def __init__(self, web: SavedWeb) -> None:
        self.web = web

    async def search(self, image: bytes) -> list[Hit]:  # noqa: ARG002 - the protocol's argument
        return [Hit(rank, url, None, 1.0) for rank, url in enumerate(self.web.pages(), start=1)]
