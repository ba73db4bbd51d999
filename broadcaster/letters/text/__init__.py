"""Plain text: the addresses in it, its direction, and what it takes as a text message."""
