"""Plain types and rules that every room shares; they use the standard library only."""
