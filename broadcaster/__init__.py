"""Write to whole communities: approved by two people, sent once, in each person's language."""

__version__ = "0.1.0"
