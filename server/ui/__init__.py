"""The explorer: the graph in the browser."""
