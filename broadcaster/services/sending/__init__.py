"""Sending: what is due is released; what was released is controlled, recovered and settled."""
