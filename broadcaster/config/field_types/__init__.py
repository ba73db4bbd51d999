"""What one value of a YAML file can mean: lines, times, addresses, a database, texts by language."""
