"""`vwi tree`: how a page is read."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, out
from vwi_lake.errors import VwiError
from vwi_lake.settings import Settings, load

app = typer.Typer()


@app.command()
def tree(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A saved page; a URL is looked up in --web.")],
    url: Annotated[str | None, typer.Option(help="The page's own URL, for relative links. Default: the file's.")] = None,
    select: Annotated[str | None, typer.Option(metavar="CSS", help="Role and name of what a selector matches.")] = None,
    web: Annotated[list[str] | None, typer.Option(metavar="DIR|WARC|WACZ", help="Saved sites to look the URL up in.")] = None,
    form: Annotated[str, typer.Option("--format", help="text | json")] = "text",
    config: Config = None,
) -> None:
    """How a page is read: its document, with images by number."""
    import json

    from vwi_lake.web.charset import decode
    from vwi_lake.web.trees import build_tree, describe

    body, page_url = read_page(source, url, load(config, web=tuple(web or ())))
    html = decode(body, None)
    if select:
        for found in describe(html, select):
            out.print(f"{found.role:16} {escape(found.name or '')}")
        return
    built = build_tree(html, page_url)
    if form == "json":
        images = [{"number": i, "url": m.url, "alt": m.alt} for i, m in enumerate(built.images, start=1)]
        print(
            json.dumps(
                {"url": page_url, "title": built.title, "document": built.document(), "images": images}, ensure_ascii=False, indent=1
            )
        )
    else:
        print(built.document())


def read_page(source: str, url: str | None, settings: Settings) -> tuple[bytes, str]:
    """The bytes of a page on disk, or of a URL in the saved sites."""
    from vwi_lake.providers.make import with_demo
    from vwi_lake.providers.saved import SavedWeb

    if "://" not in source:
        try:
            return Path(source).read_bytes(), url or Path(source).absolute().as_uri().replace("file://", "http://localhost")
        except OSError as error:
            raise VwiError(f"cannot read {source}: {error.strerror or error}") from None
    settings = with_demo(settings)
    if not settings.web:
        raise VwiError(f"{source} is looked up in saved sites: name them with --web (reading live pages comes with the fetch milestone)")
    got = SavedWeb([Path(p) for p in settings.web]).read(source)
    if got.body is None:
        raise VwiError(f"{source} is not in {', '.join(settings.web)}: {got.error}")
    return got.body, url or source
