"""Feedback on sent messages: reports, bounces, and the halts and suppressions that follow from them."""
