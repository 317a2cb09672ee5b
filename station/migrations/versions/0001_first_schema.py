"""The first schema: journal, payloads, verdicts, mirror, work, conflicts, catalogue, clerks, leases, blobs, read audit."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE blob (
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (sha256)
) WITHOUT ROWID, STRICT;
CREATE TABLE calendar (
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (version)
) STRICT;
CREATE TABLE clerk (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    division TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID, STRICT;
CREATE TABLE conflict (
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    state TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX conflict_case ON conflict (case_id);
CREATE INDEX conflict_open ON conflict (seq) WHERE state = 'open';
CREATE TABLE draft (
    id TEXT NOT NULL,
    clerk TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID, STRICT;
CREATE TABLE intake_ref (
    ref TEXT NOT NULL,
    op_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (ref)
) WITHOUT ROWID, STRICT;
CREATE TABLE item (
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    effective_from TEXT NOT NULL,
    effective_to TEXT NOT NULL,
    current INTEGER NOT NULL,
    record TEXT NOT NULL,
    keys TEXT NOT NULL,
    PRIMARY KEY (code, version)
) STRICT;
CREATE UNIQUE INDEX item_current ON item (code) WHERE current = 1;
CREATE TABLE journal (
    epoch INTEGER NOT NULL,
    dseq INTEGER NOT NULL,
    op_id TEXT NOT NULL,
    device TEXT NOT NULL,
    act TEXT NOT NULL,
    case_id TEXT NOT NULL,
    clerk TEXT NOT NULL,
    role TEXT NOT NULL,
    at INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    elapsed INTEGER NOT NULL,
    boot TEXT NOT NULL,
    base_epoch INTEGER NOT NULL,
    base_seq INTEGER NOT NULL,
    payload_hash TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (epoch, dseq)
) WITHOUT ROWID, STRICT;
CREATE INDEX journal_case ON journal (case_id);
CREATE UNIQUE INDEX journal_hash ON journal (hash);
CREATE UNIQUE INDEX journal_op ON journal (op_id);
CREATE TABLE lease (
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (first)
) WITHOUT ROWID, STRICT;
CREATE TABLE mirror (
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    marks TEXT NOT NULL,
    PRIMARY KEY (case_id)
) STRICT;
CREATE TABLE payload (
    op_id TEXT NOT NULL,
    salt TEXT NOT NULL,
    args TEXT NOT NULL,
    PRIMARY KEY (op_id)
) STRICT;
CREATE TABLE pending (
    epoch INTEGER NOT NULL,
    dseq INTEGER NOT NULL,
    op_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (epoch, dseq)
) WITHOUT ROWID, STRICT;
CREATE INDEX pending_case ON pending (case_id);
CREATE UNIQUE INDEX pending_op ON pending (op_id);
CREATE TABLE read_audit (
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    clerk TEXT NOT NULL,
    case_id TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (seq)
) WITHOUT ROWID, STRICT;
CREATE TABLE setting (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
) WITHOUT ROWID, STRICT;
CREATE TABLE verdict (
    op_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    code TEXT NOT NULL,
    fields TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (op_id)
) WITHOUT ROWID, STRICT;
CREATE INDEX verdict_outcome ON verdict (outcome);
CREATE TABLE work (
    case_id TEXT NOT NULL,
    number TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    item_name TEXT NOT NULL,
    name TEXT NOT NULL,
    id_no TEXT NOT NULL,
    phone TEXT NOT NULL,
    division TEXT NOT NULL,
    status TEXT NOT NULL,
    received_on TEXT NOT NULL,
    due_on TEXT,
    sync TEXT NOT NULL,
    changed_hlc INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id)
) STRICT;
CREATE INDEX work_changed ON work (changed_hlc);
CREATE INDEX work_division ON work (division, changed_hlc);
CREATE INDEX work_due_on ON work (due_on) WHERE due_on IS NOT NULL;
CREATE INDEX work_id_no ON work (id_no) WHERE id_no <> '';
CREATE UNIQUE INDEX work_number ON work (number) WHERE number <> '';
CREATE INDEX work_phone ON work (phone) WHERE phone <> '';
CREATE INDEX work_status ON work (status, due_on);
CREATE INDEX work_unlevel ON work (sync) WHERE sync <> 'acknowledged';
"""

# One trigger a paragraph: each has a semicolon inside.
TRIGGERS = """
CREATE TRIGGER journal_never_changes BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER journal_never_shrinks BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

-- REPLACE deletes without asking the trigger above where a connection has not set recursive_triggers.
CREATE TRIGGER journal_never_replaced BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE (epoch = NEW.epoch AND dseq = NEW.dseq) OR op_id = NEW.op_id OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

CREATE TRIGGER payload_never_changes BEFORE UPDATE ON payload
BEGIN SELECT RAISE(ABORT, 'a payload is erased, never changed'); END;

CREATE TRIGGER payload_never_replaced BEFORE INSERT ON payload
WHEN EXISTS (SELECT 1 FROM payload WHERE op_id = NEW.op_id)
BEGIN SELECT RAISE(ABORT, 'a payload is erased, never changed'); END;

CREATE TRIGGER read_audit_never_changes BEFORE UPDATE ON read_audit
BEGIN SELECT RAISE(ABORT, 'read_audit is append-only'); END;

CREATE TRIGGER read_audit_never_shrinks BEFORE DELETE ON read_audit
BEGIN SELECT RAISE(ABORT, 'read_audit is append-only'); END;

CREATE TRIGGER read_audit_never_replaced BEFORE INSERT ON read_audit
WHEN EXISTS (SELECT 1 FROM read_audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'read_audit is append-only'); END;

-- pending = journal rows without a verdict, in order; a verdict may come and, after a restored hub, go again.
CREATE TRIGGER journal_becomes_pending AFTER INSERT ON journal
WHEN NOT EXISTS (SELECT 1 FROM verdict WHERE op_id = NEW.op_id)
BEGIN INSERT INTO pending (epoch, dseq, op_id, case_id) VALUES (NEW.epoch, NEW.dseq, NEW.op_id, NEW.case_id); END;

CREATE TRIGGER verdict_ends_pending AFTER INSERT ON verdict
BEGIN DELETE FROM pending WHERE op_id = NEW.op_id; END;

CREATE TRIGGER verdict_taken_back AFTER DELETE ON verdict
BEGIN
    INSERT OR IGNORE INTO pending (epoch, dseq, op_id, case_id)
    SELECT epoch, dseq, op_id, case_id FROM journal WHERE op_id = OLD.op_id;
END;

CREATE TRIGGER verdict_keeps_its_operation BEFORE UPDATE OF op_id ON verdict
BEGIN SELECT RAISE(ABORT, 'a verdict stays with its operation'); END;
"""


def upgrade() -> None:
    """Forward only: the way back is the copy that was made before."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
    for statement in TRIGGERS.split("\n\n"):
        op.get_bind().exec_driver_sql(statement)
