"""Numbers, each beside what a user would pick instead, as a ratio with the spread of repeated runs."""

import sys
from pathlib import Path

# the acceptance tests know how to start a server, and how to ask one
sys.path.append(str(Path(__file__).parents[1] / "tests" / "acceptance"))
