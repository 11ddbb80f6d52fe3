"""What follows from the graph: labels, decisions, conclusions, findings."""
