"""What the texts say that people send us: keywords, and signs of distress."""
