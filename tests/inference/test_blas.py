"""Products of vectors start no threads of their own: beside sites and keepers they would wait for each other."""

import os
import subprocess
import sys

import pytest

CODE = """
import os
from ambit.inference import vectors
import numpy as np
np.ones((5000, 384), np.float32) @ np.ones((384, 8), np.float32)
print(len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads where /proc tells of them")  # noqa: PTH112
def test_a_product_runs_in_the_thread_that_asks() -> None:
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    said = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "1"
