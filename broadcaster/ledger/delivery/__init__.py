"""Deliveries one by one: queued, claimed, handed over, settled, recovered after a crash, and listed."""
