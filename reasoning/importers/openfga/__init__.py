"""OpenFGA: models, tuples and conditions, as rules over governance."""
