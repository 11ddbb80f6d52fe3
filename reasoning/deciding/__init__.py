"""Deciding: what the rules in force say of a question."""
