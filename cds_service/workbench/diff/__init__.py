"""`cds-service diff`: which captured requests two editions answer differently; calls nobody."""
