"""The ledger: the append-only, tamper-evident record, and proofs from it."""
