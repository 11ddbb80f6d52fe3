"""A site's process starts no other and tells nobody that it runs."""

import subprocess
import sys

CODE = """
import sys
started = []
sys.addaudithook(lambda event, args: started.append(event) if event in ("os.fork", "subprocess.Popen", "os.posix_spawn") else None)
import ambit.inference.engines.openvino
import time; time.sleep(1)
assert not started, started
"""


def test_the_engine_starts_no_process_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
