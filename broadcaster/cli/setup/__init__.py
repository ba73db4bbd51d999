"""Commands about a whole project: `init`, `check` and `demo`."""
