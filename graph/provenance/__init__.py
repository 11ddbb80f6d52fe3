"""The ledger's runs as PROV-O, and what a run touched."""
