"""A hub with a service of a few lines, for the tests of the doors: `python tests/tiny_hub.py HOME self|off`."""

from __future__ import annotations

import sys
from pathlib import Path

from station.errors import BadInput, Busy, Damaged, NotAuthorised, Refused
from sync.hub.asgi import make_app
from sync.hub.body_limits import Patience
from sync.hub.server import serve
from sync.signatures import SigningKey
from sync.wire import seal

KEY = SigningKey(bytes(32))
DOMAIN = b"tiny"
BLOCKS = [b'["one"]', b'["two"]', b'["three"]']
PACK = bytes(range(256)) * 40
TROUBLES = {
    b"bad": BadInput("wire_json", reason="form"),
    b"unsigned": BadInput("wire_signature"),
    b"revoked": NotAuthorised("device_revoked"),
    b"counter": Refused("counter_used", counter=7),
    b"busy": Busy("hub_locked"),
    b"damaged": Damaged("ledger_damaged"),
    b"odd": Refused("odd", thing=object()),
    b"crash": ValueError("王芳 11010519491231002X"),
}


class TinyService:
    """Answers every request with the same three blocks."""

    def sync(self, body: bytes) -> bytes:
        """A message, or the trouble that the body names."""
        if body in TROUBLES:
            raise TROUBLES[body]
        return seal({"bytes": len(body)}, BLOCKS, KEY, DOMAIN)

    def enrol(self, body: bytes) -> bytes:
        """The body, turned round."""
        return body[::-1]

    def pack(self, name: str) -> bytes | None:
        """One pack."""
        return PACK if name == "known" else None


if __name__ == "__main__":
    patience = Patience(body_bytes=100_000, pause_s=0.3, total_s=1.0)
    home, tls = Path(sys.argv[1]), sys.argv[2]
    serve(lambda: make_app(TinyService(), patience), port=0, tls="off" if tls == "off" else "self", home=home)
