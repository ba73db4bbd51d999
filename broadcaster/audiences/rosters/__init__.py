"""Rosters: their people, duplicates, fingerprints and single rows; and erasure from them."""
