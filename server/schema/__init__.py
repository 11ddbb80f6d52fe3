"""GraphQL from the ontology: a schema for each view, operations compiled to SPARQL."""
