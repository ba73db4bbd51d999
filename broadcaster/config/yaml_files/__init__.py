"""YAML files that people write: read as text with line numbers, and changed key by key."""
