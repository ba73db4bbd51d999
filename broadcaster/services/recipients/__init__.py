"""What one person may do and see: preferences, suppressions, erasure, their letter, and whether a letter is ours."""
