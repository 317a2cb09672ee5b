"""The queue of cases: in its order, in that order within a state, and by parts of names."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "CREATE INDEX queue_order ON work (due_on, changed_hlc, case_id)",
    "CREATE INDEX queue_state ON work (status, due_on, changed_hlc, case_id)",
    "CREATE INDEX queue_name ON work (name)",
    "CREATE INDEX queue_item ON work (item_name)",
    "DROP INDEX work_status",  # the queue's own do what these did
    "DROP INDEX work_due_on",
)


def upgrade() -> None:
    """Forward only: the way back is the copy that was made before."""
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
