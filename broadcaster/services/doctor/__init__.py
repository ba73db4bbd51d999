"""A live look at sending: the mail server, a message that came back, and the pages from outside. Nothing is changed by
it; one test message is sent where somebody asks for that.
"""
