"""What a terminal shows, drawn as an SVG of its own: scene after scene, in the reader's light or dark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS: Final = 98
_CODES: Final = {"1": "b", "2": "d", "31": "r", "32": "g"}
"""Classes of the sequences that reports write (ECMA-48, SGR)."""
_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_CHARACTER, _LINE, _MARGIN, _BAR = 7.8, 18, 18, 34  # pixels, of a font of 13
_STILL: Final = 1
"""The scene, from 0, that is shown where nothing may move."""

_STYLE: Final = """\
:root{color-scheme:light dark;--page:#fff;--bar:#f6f8fa;--edge:#d0d7de;--ink:#1f2328;--dim:#59636e;--red:#cf222e;\
--green:#1a7f37}
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--bar:#161b22;--edge:#3d444d;--ink:#e6edf3;--dim:#9198a1;\
--red:#ff7b72;--green:#3fb950}}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink);white-space:pre}
.b{font-weight:600}.d{fill:var(--dim)}.r{fill:var(--red)}.g{fill:var(--green)}.page{fill:var(--page)}.bar{fill:var(--bar)}.page,.bar{stroke:var(--edge)}
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A screen full: what is typed, and a moment later, what is printed below it."""

    typed: tuple[str, ...]
    """Lines with a terminal's control sequences."""
    printed: tuple[str, ...]
    seconds: float
    """How long it is shown."""


def svg(scenes: Sequence[Scene], title: str) -> str:
    """Draw the scenes, which follow each other for ever; of a reader who wants no motion, one of them."""
    rows = max(len(scene.typed) + len(scene.printed) for scene in scenes)
    width = round(COLUMNS * _CHARACTER + 2 * _MARGIN)
    height = _BAR + rows * _LINE + 2 * _MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    corner = f"M.5 {_BAR}V9.5a9 9 0 0 1 9-9H{width - 9.5}a9 9 0 0 1 9 9V{_BAR}z"
    name = escape(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{name}">',
        f"<title>{name}</title>",
        f"<style>\n{_STYLE}{''.join(_motion(scenes))}</style>",
        f'<rect class="page" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9"/>',
        f'<path class="bar" d="{corner}"/>',
        f'<text x="{width / 2}" y="22" text-anchor="middle" class="d">{name}</text>',
    ]
    for number, scene in enumerate(scenes):
        parts += _lines(scene.typed, f"t{number}", 0)
        parts += _lines(scene.printed, f"o{number}", len(scene.typed))
    return "\n".join([*parts, "</svg>"]) + "\n"


_TYPING: Final = 1.2  # seconds between a command and its output


def _motion(scenes: Sequence[Scene]) -> Iterator[str]:
    """Yield the styles by which each scene is seen in its time."""
    whole = sum(scene.seconds for scene in scenes)
    begin = 0.0
    for number, scene in enumerate(scenes):
        end = begin + scene.seconds
        for name, since in (("t", begin), ("o", begin + _TYPING)):
            seen, gone = (f"{100 * at / whole:.2f}%" for at in (since, end))
            first = "visible" if since == 0 else "hidden"
            yield (
                f".{name}{number}{{visibility:hidden;animation:{name}{number} {whole:g}s step-end infinite}}"
                f"@keyframes {name}{number}{{0%{{visibility:{first}}}{seen}{{visibility:visible}}"
                f"{gone}{{visibility:hidden}}}}\n"
            )
        begin = end
    still = f".t{_STILL},.o{_STILL}"
    yield f"@media(prefers-reduced-motion:reduce){{g{{animation:none!important}}{still}{{visibility:visible}}}}\n"


def _lines(lines: Sequence[str], name: str, above: int) -> Iterator[str]:
    yield f'<g class="{name}">'
    for number, line in enumerate(lines, above):
        if line:
            y = _BAR + _MARGIN + number * _LINE + 12
            yield f'<text x="{_MARGIN}" y="{y}">{"".join(_spans(line))}</text>'
    yield "</g>"


def _spans(line: str) -> Iterator[str]:
    """Yield a line's parts, each with the classes of the sequences before it."""
    classes: list[str] = []
    for at, part in enumerate(_SGR.split(line)):
        if at % 2:
            codes = part.split(";")
            classes = [] if codes in ([""], ["0"]) else [*classes, *(_CODES[code] for code in codes)]
        elif part:
            text = escape(part, quote=False)
            yield f'<tspan class="{" ".join(classes)}">{text}</tspan>' if classes else text
