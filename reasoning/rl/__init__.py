"""What follows from several premises: OWL 2 RL over facts that know which compartments they need."""
