"""The content as FHIR, for review in other people's tools; refuses to be executable."""
