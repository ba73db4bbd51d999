"""A letter run for one recipient, with a sentinel written for each value that it prints."""
