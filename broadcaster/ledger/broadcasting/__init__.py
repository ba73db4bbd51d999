"""Broadcasts, and what belongs to a whole one: its delivery counters, skeletons, zones and billing."""
