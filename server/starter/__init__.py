"""What `ambit init` copies: a workspace that works, to be turned into one's own."""
