"""What exists: the Turtle files of Ambit's own vocabulary."""
