"""Reading a roster: its people, duplicates and fingerprint, single rows of it, and erasing somebody."""
