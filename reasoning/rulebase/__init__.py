"""Rules as they are written, read and asked."""
