"""A list made ready and imported as the roster of an audience, with what it changes; and the export of one."""
