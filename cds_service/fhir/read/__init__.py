"""FHIR resources -> what the record holds, one module a resource."""
