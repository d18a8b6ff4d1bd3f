"""The patient's resources, from prefetch and then from the FHIR server."""
