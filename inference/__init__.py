"""Models near the data."""

import os

# NumPy's OpenBLAS else starts a thread for each core, which spin beside every product of a search: on two busy cores
# that is ten times the work and a wait for the slower of the two. It reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
