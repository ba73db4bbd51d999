"""A letter as it was read, and what can be wrong with one."""
