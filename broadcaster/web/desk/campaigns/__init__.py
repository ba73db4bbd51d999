"""Campaigns: the list, the review with its decisions, and the form that makes or changes one."""
