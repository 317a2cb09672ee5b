"""Goes into the kit as `self_test.py`: whether an installed version can work, without a network and without a screen.

Run by the version's own Python. Exit code 0, or a traceback that says what is missing.
"""

import contextlib
import importlib
import io
import sys
import tempfile
from pathlib import Path

PACKAGES = (
    "alembic",
    "httpx",
    "keyring",
    "msgspec",
    "nacl.signing",
    "PIL.Image",
    "reportlab.pdfgen",
    "sqlmodel",
    "zstandard",
)
PAGES = ("screens.counter_app", "screens.papers.pdf", "station.schema", "sync.exchange")
PLAIN = b"SQLite format 3\x00"  # how a base begins that is not encrypted


def main() -> int:
    """Every part once. Raises whatever is wrong."""
    sys.addaudithook(_no_network)
    for name in (*PACKAGES, *PAGES):
        importlib.import_module(name)
    _encrypts()
    _helps()
    return 0


def _no_network(event: str, _arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        raise RuntimeError(f"the self-test reached for the network: {event}")


def _encrypts() -> None:
    """SQLCipher in memory, then in a file that nobody reads without the key."""
    from sqlcipher3 import dbapi2  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "base.db"
        for place in (":memory:", str(path)):
            base = dbapi2.connect(place)
            base.execute("PRAGMA key = 'self-test'")
            if not base.execute("PRAGMA cipher_version").fetchone():
                raise RuntimeError("SQLCipher does not encrypt")
            base.execute("CREATE TABLE tried (word TEXT)")
            base.execute("INSERT INTO tried VALUES ('受理')")
            base.commit()
            if base.execute("SELECT word FROM tried").fetchone() != ("受理",):
                raise RuntimeError("SQLCipher does not give back what it was given")
            base.close()
        if path.read_bytes().startswith(PLAIN):
            raise RuntimeError("SQLCipher wrote in plain")


def _helps() -> None:
    """`station --help` ends as it should."""
    from screens.command_line import main as station  # noqa: PLC0415

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            station(["--help"])
        except SystemExit as end:
            if end.code:
                raise RuntimeError("station --help failed") from end
    if "station" not in said.getvalue():
        raise RuntimeError("station --help said nothing")


if __name__ == "__main__":
    sys.exit(main())
