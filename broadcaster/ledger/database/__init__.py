"""The database itself: connections for SQLite and PostgreSQL, the tables, locks, and its errors in our words."""
