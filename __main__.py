"""`python -m ambit`: the console script, where that is not on the path."""

from ambit.server.cli.main import main

if __name__ == "__main__":
    main()
