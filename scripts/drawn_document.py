"""A document that is drawn from the sources: written, or compared with what stands in `docs/`."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HINT_LINES = 20  # enough to see what changed


def write_or_check(name: str, text: str, argv: Sequence[str] | None = None) -> int:
    """Writes `docs/NAME`, or with --check says whether it is what would be written. Returns the exit code."""
    parser = argparse.ArgumentParser(description=f"Draws docs/{name} from the sources.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 where the document is stale")
    path = ROOT / "docs" / name
    if not parser.parse_args(argv).check:
        path.write_text(text, encoding="utf-8", newline="\n")
        return 0
    stands = path.read_text(encoding="utf-8") if path.exists() else ""
    if stands == text:
        return 0
    changes = list(difflib.unified_diff(stands.splitlines(), text.splitlines(), f"docs/{name}", "drawn", lineterm=""))
    print(*changes[:HINT_LINES], sep="\n")
    print(f"docs/{name} is stale: {len(changes)} lines of difference. Run the script without --check.")
    return 1


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
