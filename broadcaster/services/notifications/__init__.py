"""Telling staff of what needs them while nobody looks: alarms, halts, urgent replies, what waits for a decision.

`sources` finds what stands and whom it concerns, `pending` whom to tell of it now, `messages` puts it into words
without anything personal, `send` records it and hands it to a provider, `untold` says whom it could not reach.
"""
