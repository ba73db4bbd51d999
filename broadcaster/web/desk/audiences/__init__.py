"""Audiences: their numbers, who is left out and why, making one, and rosters uploaded and exported."""
