"""`python -m ambit.server.cli`: the same as the console script."""

from .main import main

main()
