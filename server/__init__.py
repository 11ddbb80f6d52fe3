"""The graph, spoken."""
