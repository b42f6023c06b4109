"""Draw an SVG without letting it crash, stall or fill this process, or read a file.

resvg recurses over nesting, runs filters and decodes embedded pictures without limits: a kilobyte can overflow its stack
or take gigabytes. It therefore draws in a child process that lives on between pictures and is killed when one is too much.
"""

import atexit
import os
import re
import select
import struct
import subprocess
import sys
import threading
import zlib

from vwi_lake.web.image_files import ImageRejected

MAX_BYTES = 4_000_000
MAX_PIXELS = 4_000_000
MAX_SECONDS = 1.5  # of CPU, so that a busy machine refuses nothing that an idle one takes
MAX_WAIT = 20.0
MAX_MEMORY = 250 << 20

# possessive throughout: a hostile file must not make these back-track
_LEAD = re.compile(r"(?:\s++|<\?[^>]*+>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\]\s*+)?>)*+", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]*+:)?svg(?=[\s/>])(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_HREF = re.compile(r"""(\bhref\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_ENTITY = re.compile(r"""<!ENTITY\s+[^\s%]+\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0, "ex": 8.0}

# The child: frames of length, width and markup in; frames of length and PNG out, length 0 for "cannot be drawn".
_CHILD = """
import resource, signal, struct, sys
resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import resvg_py
def present(*families):
    text = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="%s">M</text></svg>'
    blank = resvg_py.svg_to_bytes(svg_string=text % "no such family")
    return next((name for name in families if resvg_py.svg_to_bytes(svg_string=text % name) != blank), families[0])
# resvg draws no text at all where its default families (Times New Roman, Arial …) are not installed
serif = present("Times New Roman", "Liberation Serif", "DejaVu Serif", "Noto Serif", "FreeSerif", "DejaVu Sans", "Noto Sans", "Arial")
sans = present("Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans", "FreeSans", "Helvetica", serif)
mono = present("Courier New", "Liberation Mono", "DejaVu Sans Mono", "Noto Sans Mono", "FreeMono", sans)
fonts = {"font_family": serif, "serif_family": serif, "sans_serif_family": sans, "monospace_family": mono}
read, out = sys.stdin.buffer.read, sys.stdout.buffer
out.write(b"!")
out.flush()
while len(head := read(8)) == 8:
    size, width = struct.unpack(">II", head)
    markup = read(size).decode()
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)  # its signal ends the process
    try:
        png = resvg_py.svg_to_bytes(svg_string=markup, width=width or None, dpi=96.0, **fonts)
    except BaseException:  # a panic of the Rust side is a BaseException
        png = b""
    signal.setitimer(signal.ITIMER_PROF, 0)
    out.write(struct.pack(">I", len(png)) + png)
    out.flush()
"""


def is_svg(data: bytes) -> bool:
    """Markup whose first element is svg, as opposed to a page that holds one; gzipped (.svgz) counts."""
    return _root(_to_utf8(_unzip(data[:100_000])[:65_536]).decode("latin-1")) is not None


def draw(data: bytes) -> bytes:
    """The picture as PNG, at its own size."""
    markup = _prepare(_unzip(data))
    return _draw_in_child(markup, _target_width(markup))


def _root(text: str) -> re.Match[str] | None:
    lead = _LEAD.match(text)
    return _ROOT.match(text, lead.end() if lead else 0)


def _unzip(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data, MAX_BYTES + 1)
    except zlib.error:
        return b""


def _to_utf8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _prepare(data: bytes) -> str:
    """Markup that resvg reads like a browser would, without references to anything outside it."""
    if len(data) > MAX_BYTES:
        raise ImageRejected("too_large", "svg markup")
    declared = re.match(rb"""\s*<\?xml[^>]*encoding\s*=\s*["'](iso-8859-1|latin-1|windows-1252)["']""", data, re.IGNORECASE)
    text = _to_utf8(data).decode("cp1252" if declared else "utf-8", "replace").lstrip()
    text = re.sub(r"^<\?xml[^>]*+>", "", text)
    if any("<" in (a or b) or "&" in (a or b) for a, b in _ENTITY.findall(text)):
        raise ImageRejected("unsafe_svg", "entities that hold markup")  # a reference could hide in them
    text = _HREF.sub(lambda m: m[0] if m[2][1:].lstrip().startswith(("#", "data:")) else m[1] + '""', text)
    root = _root(text)
    if not root:
        raise ImageRejected("truncated", "svg root")
    missing = "".join(
        f' {name}="{uri}"'
        for name, uri in (("xmlns", "http://www.w3.org/2000/svg"), ("xmlns:xlink", "http://www.w3.org/1999/xlink"))
        if not re.search(rf"\s{name}\s*=", root[0]) and not (name == "xmlns" and ":svg" in root[0][:40])
    )  # inline pictures saved from pages often lack them
    return text[: root.start()] + re.sub(r"svg\b", lambda m: m[0] + missing, root[0], count=1) + text[root.end() :]


def _target_width(markup: str) -> int:
    """0 where the picture's own size is fine, else a width that keeps it under the pixel cap."""
    root = _root(markup)
    attributes = dict(re.findall(r"""\s(width|height|viewBox)\s*=\s*["']([^"']*)""", root[0])) if root else {}
    box = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", attributes.get("viewBox", ""))]
    box_width, box_height = (abs(box[2]), abs(box[3])) if len(box) == 4 else (0.0, 0.0)
    width, height = _length(attributes.get("width")), _length(attributes.get("height"))
    if not width and not height:
        width, height = box_width, box_height
    elif box_width and box_height:
        width, height = width or height * box_width / box_height, height or width * box_height / box_width
    if not width * height > MAX_PIXELS:
        return 0
    fitting = int(width * (MAX_PIXELS / (width * height)) ** 0.5)
    if not 1 <= fitting <= 20_000:
        raise ImageRejected("too_many_pixels", f"svg of {width:g}x{height:g}")
    return fitting


def _length(value: str | None) -> float:
    match = re.fullmatch(r"\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*", value or "", re.IGNORECASE)
    return float(match[1]) * _UNITS.get(match[2].lower(), 0.0) if match else 0.0


class _Drawer:
    """The child process of this process; what a fork inherits is not used by it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            code = _CHILD.replace("MAX_MEMORY", str(MAX_MEMORY)).replace("MAX_SECONDS", str(MAX_SECONDS))
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=os.sep
            )
            if _read(self.process, 1, MAX_WAIT) is None:
                raise RuntimeError("the SVG drawer did not start: can this Python import resvg_py?")
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


_drawer = _Drawer()


def _after_fork() -> None:
    inherited, _drawer.process, _drawer.lock = _drawer.process, None, threading.Lock()
    if inherited is not None:
        inherited.returncode = 0  # not this process's child: nothing to wait for


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_drawer.stop)


def _draw_in_child(markup: str, width: int) -> bytes:
    body = markup.encode("utf-8", "replace")
    with _drawer.lock:
        png = _ask(_drawer.start(), struct.pack(">II", len(body), width) + body)
        if png is None:
            _drawer.stop()
    if png is None:
        raise ImageRejected("too_complex", "the svg takes too much time or memory, or crashes its drawer")
    if not png:
        raise ImageRejected("broken", "the svg cannot be drawn")
    return png


def _ask(process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
    assert process.stdin
    try:
        process.stdin.write(request)
        process.stdin.flush()
    except BrokenPipeError:
        return None
    head = _read(process, 4, MAX_WAIT)
    return _read(process, struct.unpack(">I", head)[0], MAX_WAIT) if head else None


def _read(process: subprocess.Popen[bytes], size: int, seconds: float) -> bytes | None:
    """Exactly `size` bytes, or None when the child ends or stays silent for that long."""
    assert process.stdout
    file, got = process.stdout.fileno(), bytearray()
    poll = select.poll()
    poll.register(file, select.POLLIN)
    while len(got) < size:
        if not poll.poll(seconds * 1000):
            return None
        part = os.read(file, size - len(got))
        if not part:
            return None
        got += part
    return bytes(got)
