"""Connections to a mail server: its route, opening one, carrying the protocol over a socket, and the session of a
worker.
"""
