"""How bounces and answers of real servers are read."""
