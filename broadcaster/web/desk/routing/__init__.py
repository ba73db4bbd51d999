"""How routes of the desk are declared: the permission that each needs, and the threads in which its handler runs."""
