"""`cds-service diff`: which captured requests two deployments answer differently; calls nobody."""
