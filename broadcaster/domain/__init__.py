"""The ground floor: plain types and rules. Standard library only, so that every room may stand on it."""
