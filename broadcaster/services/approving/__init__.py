"""The second pair of eyes: submit, approve, reject, call off, and what becomes of each occurrence."""
