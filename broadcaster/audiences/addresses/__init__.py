"""Email addresses and telephone numbers as people write them: read, normalised, and whether a text can go there."""
