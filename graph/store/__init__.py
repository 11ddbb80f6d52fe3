"""The owner's store, its commits and their log."""
