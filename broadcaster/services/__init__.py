"""What people can ask for, one verb per file. The commands and, later, the pages call these and nothing below."""
