"""The content as FHIR."""
