"""Broadcasts: how far each has come, its delivery record, what is unsure, and what the outbox kept."""
