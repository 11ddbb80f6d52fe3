"""The process in which HermiT runs: `python -m ambit.reasoning.ontologies.hermit <seconds> <java> <argument>…`.

It gives up what HermiT does not need, and becomes Java: it dies with the server, computes for so many seconds
at most, and has no proxy through which a document could be fetched. How much memory it takes, `-Xmx` bounds.
"""

import ctypes
import os
import resource
import signal
import sys


def main() -> None:
    """Confines this process and turns it into the one that is named."""
    seconds, program, *arguments = sys.argv[1:]
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, which execve(2) keeps
    if os.getppid() == 1:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    os.execv(program, [program, *arguments])  # noqa: S606 - the server gives it, from PATH


if __name__ == "__main__":
    main()
