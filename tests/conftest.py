"""What holds for all tests: no property is judged by how long one example takes, for machines are busy."""

from hypothesis import settings

settings.register_profile("ours", deadline=None)
settings.load_profile("ours")
