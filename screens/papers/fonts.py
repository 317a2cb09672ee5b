"""Chinese fonts of this computer: none is carried along, every system that shows Chinese has one.

Two needs: a PDF embeds TrueType outlines only; a raster line may be drawn with any font.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FILES_MAX = 20_000  # in font folders; protects the counter from a folder that links to itself

# File names in order of preference. Sources: Windows 7-11, UOS, Kylin, Debian, macOS.
TRUETYPE = (
    "msyh.ttc",
    "msyh.ttf",
    "Deng.ttf",
    "simsun.ttc",
    "simhei.ttf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansSC-Regular.ttf",
    "NotoSansSC[wght].ttf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "uming.ttc",
    "Songti.ttc",
    "STHeiti Light.ttc",
    "Arial Unicode.ttf",
    # rare hanzi only
    "simsunb.ttf",
    "HanaMinB.ttf",
    "BabelStoneHan.ttf",
)
OPENTYPE = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "SourceHanSansCN-Regular.otf",
    "NotoSerifCJK-Regular.ttc",
)
SIMPLIFIED_FACE = {"NotoSansCJK-Regular.ttc": 2, "NotoSerifCJK-Regular.ttc": 2}  # of JP, KR, SC, TC, HK


def embeddable() -> tuple[Path, ...]:
    """The TrueType fonts that are here, best first."""
    return _found(TRUETYPE)


def drawable() -> tuple[Path, ...]:
    """Every Chinese font that is here, best first."""
    return _found(TRUETYPE + OPENTYPE)


def face_of(path: Path) -> int:
    """Which face of a collection has the simplified forms."""
    return SIMPLIFIED_FACE.get(path.name, 0)


def _found(names: tuple[str, ...]) -> tuple[Path, ...]:
    here = _files()
    return tuple(here[name.casefold()] for name in names if name.casefold() in here)


@cache
def _files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in _below(folder):
            found.setdefault(path.name.casefold(), path)
    return found


def _below(folder: Path) -> Iterator[Path]:
    left = FILES_MAX
    for place, _folders, names in os.walk(folder):
        for name in names:
            left -= 1
            if left < 0:
                return
            yield Path(place) / name


def _folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"))
        return (windows / "Fonts", home / "AppData" / "Local" / "Microsoft" / "Windows" / "Fonts")
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts")
    shared = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    return (*shared, home / ".local" / "share" / "fonts", home / ".fonts")
