"""What everything about audiences shares: a recipient, the defaults of a row, and what can be wrong with one."""
