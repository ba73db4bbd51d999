"""The Jinja of letters: its syntax tree, what of it is allowed, and the sandbox in which it runs."""
