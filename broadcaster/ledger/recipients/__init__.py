"""What concerns one address: preferences, suppressions, messages and replies, and the erasure of a person."""
