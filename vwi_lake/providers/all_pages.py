"""Searches of saved sites. `all`: no image is asked about; every HTML page is a hit. `local`: an index over their images."""

from typing import Protocol

from vwi_lake.providers import Hit, SearchReply, SeedImage
from vwi_lake.providers.saved import SavedWeb


class AllPages:
    name = "all"

    def __init__(self, web: SavedWeb) -> None:
        self.web = web

    async def search(self, seed: SeedImage) -> SearchReply:
        return SearchReply([Hit(rank, url, None, 1.0) for rank, url in enumerate(self.web.pages(), start=1)])


class BytesSearch(Protocol):
    name: str

    async def search(self, image: bytes) -> list[Hit]: ...


class OfBytes:
    """A search that looks at bytes and asks nobody: there is no reply to keep and nothing to pay."""

    def __init__(self, inner: BytesSearch) -> None:
        self.inner, self.name = inner, inner.name

    async def search(self, seed: SeedImage) -> SearchReply:
        return SearchReply(await self.inner.search(seed.data))
