"""Recipients as persons: their preferences, suppressions, erasure, their own letter, and its verification."""
