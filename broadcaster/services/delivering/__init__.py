"""Delivering: batches of what was released are claimed, handed to providers, and their results recorded."""
