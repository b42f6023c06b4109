"""The dashboard as one HTML file: every panel, the first rejected rows of each reason, and pairs drawn at random with their images."""

import base64
import hashlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
from PIL import Image, UnidentifiedImageError

from vwi_lake.dashboard import page
from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.panels import PANELS
from vwi_lake.errors import VwiError

SIDE = 640  # pixels of the longest side of an image in the file
REJECTED = 100  # rows of a reason
LATER = 4_000  # characters of the page between and around what is marked


def write(board: Board, path: Path, pairs: int) -> int:
    """Write it; returns how many pairs are in it."""
    data = collect(board, pairs)
    text = as_inline(data)
    # the nonce allows our scripts and no others: what is in the lake was there before it, and cannot name it
    nonce = hashlib.sha256(text.encode()).hexdigest()[:32]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.whole(nonce, text), encoding="utf-8")
    except OSError as error:
        raise VwiError(f"{path} cannot be written: {error.strerror}") from None
    return len(data["pairs"])


def collect(board: Board, pairs: int) -> dict[str, Any]:
    """What the page would ask the server for: path → answer."""
    pulse, listed = board.pulse(), drawn(board, pairs)
    answers: dict[str, Any] = {f"panel/{name}": board.panel(name) for name in (*PANELS, *board.own_panels())}
    answers |= {"panels": board.own_panels(), "facets": facets_of(listed)}
    answers |= {
        f"rejected/{table}?{reason}": board.rejected(table, reason, limit=REJECTED) for table, reason in reasons(answers["panel/funnel"])
    }
    for answer in [value for key, value in answers.items() if key.startswith("rejected/")]:
        answer["next"] = None
    images: dict[str, str] = {}
    details = board.details([row["qa_id"] for row in listed])
    for row in listed:
        told = details[row["qa_id"]]
        answers[f"pair/{row['qa_id']}"] = told
        answers[f"source/{row['qa_id']}"] = source = cut(board.read(told["pair"], told["page"]))
        row["more"] = f"{told['pair']['question']} {told['pair']['solution']} {told['pair']['answer']}"
        shown = [
            row["image"],
            *(i["sha256"] for i in told["images"]),
            *(h["seed_id"] for h in told["hits"]),
            *source.get("images", {}).values(),
        ]
        images |= pictures(board, {sha for sha in shown if sha} - images.keys())
    about = {"snapshot": pulse["snapshot"], "at": pulse["at"], "lake": pulse["lake"], "pairs": len(listed), "all": board.pairs({})["total"]}
    return {"about": about, "answers": answers, "pairs": listed, "images": images}


def drawn(board: Board, pairs: int) -> list[dict[str, Any]]:
    """Of kept pairs and rejected ones four to one: ids are hashes, so that the first are as good as any."""
    kept = board.pairs({"rejected_because": "none"}, limit=pairs)["pairs"]
    others = [p for p in board.pairs({}, limit=2 * pairs)["pairs"] if p["rejected_because"]][: max(pairs // 5, pairs - len(kept))]
    return sorted([*kept[: pairs - len(others)], *others], key=lambda p: p["place"])


def facets_of(listed: Iterable[dict[str, Any]]) -> dict[str, list[tuple[Any, int]]]:
    from collections import Counter

    from vwi_lake.dashboard.index import FILTERS

    rows = list(listed)
    return {name: Counter(row[name] for row in rows).most_common() for name in FILTERS}


def reasons(funnel: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [dict(zip(funnel["columns"], row, strict=True)) for row in funnel["rows"]]
    return [(r["table_name"].removeprefix("silver."), r["rejected_because"]) for r in rows if r["rejected_because"]]


def cut(source: dict[str, Any]) -> dict[str, Any]:
    """Less of the page around the pair, and only the images that are still named."""
    if source.get("missing"):
        return source
    last = len(source["parts"]) - 1
    parts = [(kind, text if kind else around(text, is_first=n == 0, is_last=n == last)) for n, (kind, text) in enumerate(source["parts"])]
    text = "".join(text for _, text in parts)
    return source | {
        "parts": parts,
        "images": {n: sha for n, sha in source["images"].items() if f"[img{n}]" in text or f"[img{n}:" in text},
    }


def around(text: str, is_first: bool, is_last: bool) -> str:
    """The end of what comes before, the beginning of what comes after, both of what stands between."""
    if len(text) <= LATER:
        return text
    return text[-LATER:] if is_first else text[:LATER] if is_last else f"{text[: LATER // 2]}\n…\n{text[-LATER // 2 :]}"


def pictures(board: Board, shas: Iterable[str]) -> dict[str, str]:
    found = {sha: board.image(sha) for sha in sorted(shas)}
    small = {sha: smaller(*got) for sha, got in found.items() if got}
    return {sha: f"data:{kind};base64,{base64.b64encode(data).decode()}" for sha, (data, kind) in small.items()}


def smaller(data: bytes, kind: str) -> tuple[bytes, str]:
    """The picture, scaled down where it is larger than SIDE; as it is where it cannot be read."""
    try:
        with Image.open(BytesIO(data)) as image:
            if max(image.size) <= SIDE:
                return data, kind
            image.thumbnail((SIDE, SIDE))
            into = BytesIO()
            image.save(into, "PNG" if kind == "image/png" else "JPEG", quality=80)
    except (OSError, ValueError, UnidentifiedImageError):
        return data, kind
    return into.getvalue(), "image/png" if kind == "image/png" else "image/jpeg"


def as_inline(data: Any) -> str:
    """JSON that may stand in a script element: no '<' or '&', and no line end that scripts know and JSON does not."""
    text = orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
