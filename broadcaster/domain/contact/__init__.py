"""How people can be reached: addresses, channels, preferences, and why an address is suppressed."""
