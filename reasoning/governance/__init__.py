"""Governance: the graph that rules are asked over, what follows from it, and how commits keep it."""
