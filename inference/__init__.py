"""Models near the data."""
