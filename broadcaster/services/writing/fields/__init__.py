"""A letter's file as the fields of a form, for people who write no code."""
