"""RDF texts: read from outside, written for people."""
