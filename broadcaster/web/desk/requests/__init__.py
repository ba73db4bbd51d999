"""One request at the desk: the guard before it, its form and cookies, who is visiting, and how they are answered."""
