"""Languages: their tags, scripts and directions, and texts that differ by language."""
