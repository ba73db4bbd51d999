"""Conditions on deliveries that several statements share, in the words of the indexes in `tables`.

SQLite uses a partial index only where the query repeats the index's condition word for word, so these are texts and
not parameters. PostgreSQL uses its indexes either way.
"""

from sqlalchemy import text

from broadcaster.ledger.database.tables import attempts, deliveries

IS_QUEUED = text("deliveries.state = 'queued'")
IS_SENDING = text("deliveries.state = 'sending'")
IS_SETTLED = text("deliveries.state NOT IN ('queued', 'sending')")
IS_UNSURE_OR_HELD = text("deliveries.state IN ('unsure', 'held')")
IS_ACCEPTED_TEXT = text("deliveries.state = 'accepted' AND deliveries.channel = 'sms'")

IS_LATEST_ATTEMPT = (attempts.c.delivery == deliveries.c.seq) & (attempts.c.n == deliveries.c.attempts)
"""The attempt is the last one at its delivery."""
