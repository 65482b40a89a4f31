"""How hypothesis runs: no deadline in seconds; `make soak` gives it fifty times the examples."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parent / "unit" / "evidence"))
sys.path.append(str(Path(__file__).parent / "unit" / "stream"))
"""`sealed_case` and `changes` are used by property and integration tests too."""

settings.register_profile("everyday", deadline=None, print_blob=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=5000)
settings.load_profile("everyday")
