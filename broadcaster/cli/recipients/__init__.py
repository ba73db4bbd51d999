"""Commands about the people who are written to: `audience`, `suppress` and `replies`."""
