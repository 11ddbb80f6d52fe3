"""A governed context graph for AI agents."""
