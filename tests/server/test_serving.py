"""A server as it runs: on which loop, and with what set aside from full collections."""

import json
import subprocess
import sys
from pathlib import Path

SERVED = """
import gc, json, os, signal, sys
from pathlib import Path
from ambit.server.serving import serve
from ambit.server.settings import read

def ready(said, layers):
    print(json.dumps({"loop": "uvloop" in sys.modules, "aside": gc.get_freeze_count()}), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

workspace, data = map(Path, sys.argv[1:])
serve(read(workspace, data=data, port=0), ready, wait_for_sources=False)
"""


def test_a_server_runs_on_the_loop_that_it_names_and_sets_aside_what_it_has_loaded(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    workspace.mkdir()
    (workspace / "ambit.toml").write_text("")
    command = [sys.executable, "-c", SERVED, str(workspace), str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(b"{")]  # among what the log says
    said = json.loads(line)
    assert said["loop"]
    assert said["aside"] > 10_000
