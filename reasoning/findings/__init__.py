"""Findings: what does not fit, validation results and drift."""
