"""Plain text: its addresses, its direction, and its segments as a text message."""
