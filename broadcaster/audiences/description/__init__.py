"""An audience's YAML file: its purpose and lawful basis, and `where`, which selects the people."""
