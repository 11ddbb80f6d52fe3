"""Policies of other systems, read into rules, triples and cases."""
