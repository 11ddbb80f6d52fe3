"""Other decision points in one process, given the same company and asked the same questions."""
