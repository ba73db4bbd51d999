"""Texts that people send back: fetched, read, answered and shown."""
