"""Records held against shapes."""
