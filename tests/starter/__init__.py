"""Tests of what a new project starts with. A package, so that its files can share the conftest's readers by name."""
