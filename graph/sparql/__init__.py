"""SPARQL texts from outside: what they must pass before any engine sees them."""
