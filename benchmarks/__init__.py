"""Numbers, each beside what a user would pick instead, as a ratio with the spread of repeated runs."""
