"""Plants faults in code and content and tells which nothing notices (`./scripts/mutants`)."""
