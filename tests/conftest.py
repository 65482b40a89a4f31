"""How hypothesis runs: no deadline in seconds; `make soak` gives it fifty times the examples."""

from hypothesis import settings

settings.register_profile("everyday", deadline=None, print_blob=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=5000)
settings.load_profile("everyday")
