"""The outside in."""
