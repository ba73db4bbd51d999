"""What providers bill for a broadcast."""

from sqlalchemy import Connection, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.tables import attempts, deliveries


def segments_billed(conn: Connection, broadcast_id: str) -> int:
    """The number of segments that providers bill for a broadcast's texts, as far as they have reported it."""
    query = (
        select(func.coalesce(func.sum(attempts.c.segments), 0))
        .select_from(attempts.join(deliveries, deliveries.c.seq == attempts.c.delivery))
        .where(
            deliveries.c.broadcast == broadcasts.seq_of(conn, broadcast_id), deliveries.c.channel == Channel.SMS.value
        )
    )
    return int(conn.execute(query).scalar_one())
