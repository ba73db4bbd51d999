"""The audit log: who did what, chained and signed, and how it is searched."""
