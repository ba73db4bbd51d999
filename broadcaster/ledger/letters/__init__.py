"""Letters as they were: every revision saved at the desk, and the frozen ones that were released."""
