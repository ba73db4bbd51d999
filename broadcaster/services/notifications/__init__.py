"""Notifications: messages to staff about alarms, halts, urgent replies and what waits for a decision.

`sources` finds the open matters and whom each concerns. `pending` decides who is notified of which now. `wording` and
`messages` write the message, with nothing personal in it. `send` records it and hands it to a provider. `unreached`
lists the people whom it could not reach.
"""
