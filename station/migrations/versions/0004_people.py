"""People by part of a name, and by the end of a number however long that end is: what is typed at the counter."""

from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = """
CREATE INDEX work_id_tail ON work (substr(id_no, -4), id_no, changed_hlc) WHERE id_no <> '';
CREATE INDEX work_phone_tail ON work (substr(phone, -4), phone, id_no, changed_hlc) WHERE phone <> '';
DROP INDEX queue_name;
CREATE INDEX queue_name ON work (name, id_no, changed_hlc);
"""


def upgrade() -> None:
    """Forward only: the way back is the copy that was made before."""
    for statement in INDEXES.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement)
