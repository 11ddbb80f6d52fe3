"""The workspace's ontologies: read, gathered, and what they entail."""
