"""One reader for each format: bytes in, rows with their locations out."""
