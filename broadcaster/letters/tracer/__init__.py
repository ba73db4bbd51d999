"""A letter run for one recipient, with a sentinel in place of each printed value."""
