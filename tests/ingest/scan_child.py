"""Scans a workspace into a data folder, to be killed at any moment."""

import sys
from pathlib import Path

from ingestworld import owner_of

from ambit.ingest.pipeline import Ingest

with owner_of(Path(sys.argv[2])) as owner:
    print("scanning", flush=True)
    Ingest(owner, Path(sys.argv[1])).scan_once()
