"""From what is due to what was handed over: release, delivery, control and recovery."""
