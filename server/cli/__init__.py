"""The command line: each command calls one verb and prints what it returns."""
