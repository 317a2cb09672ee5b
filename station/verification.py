"""Whether this station still is what it says: chains, work against journal and mirror, files against their hashes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from station import journal, read_audit, replica
from station.database import Database, Reader
from station.errors import Damaged
from station.materials import Materials
from station.ports import Chance


def verify(database: Database, home: Path, base_key: bytes, chance: Chance) -> dict[str, Any]:
    """What was checked, and every fault: {"journal": n, "cases": n, "reads": n, "faults": [{"code": ...}]}."""
    found: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []
    checks: dict[str, Callable[[Reader], int]] = {
        "journal": journal.verify,
        "cases": replica.verify,
        "reads": read_audit.verify,
    }
    with database.reading() as reader:
        for name, check in checks.items():
            try:
                found[name] = check(reader)
            except Damaged as fault:
                found[name] = 0
                faults.append(fault.document())
        files = Materials(home, base_key, chance)
        faults += [fault.document() for fault in files.faults(reader)]
        found["files"] = int(reader.execute("SELECT count(*) FROM blob").fetchone()[0])
    return {**found, "faults": faults}
