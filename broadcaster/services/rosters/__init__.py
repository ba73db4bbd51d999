"""The people of an audience: read, counted, imported and shown."""
