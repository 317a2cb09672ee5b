"""Which papers of a case left this station, when and by whose hand."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE printed (
    seq INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    doc TEXT NOT NULL,
    at INTEGER NOT NULL,
    clerk TEXT NOT NULL,
    format TEXT NOT NULL,
    whole INTEGER NOT NULL,
    PRIMARY KEY (seq)
) STRICT;
CREATE INDEX printed_case ON printed (case_id, doc);
"""

# One trigger a paragraph: each has a semicolon inside.
TRIGGERS = """
CREATE TRIGGER printed_never_changes BEFORE UPDATE ON printed
BEGIN SELECT RAISE(ABORT, 'printed is append-only'); END;

CREATE TRIGGER printed_never_shrinks BEFORE DELETE ON printed
BEGIN SELECT RAISE(ABORT, 'printed is append-only'); END;

CREATE TRIGGER printed_never_replaced BEFORE INSERT ON printed
WHEN EXISTS (SELECT 1 FROM printed WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'printed is append-only'); END;
"""


def upgrade() -> None:
    """Forward only: the way back is the copy that was made before."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
    for statement in TRIGGERS.split("\n\n"):
        op.get_bind().exec_driver_sql(statement)
