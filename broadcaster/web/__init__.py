"""Who knocks over HTTP: providers that report back (hooks), and those who were written to (door)."""
