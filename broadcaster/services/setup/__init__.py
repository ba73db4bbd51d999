"""A new project with its starter content, and the check of a whole one."""
