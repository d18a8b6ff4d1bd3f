"""Calls to a FHIR server: registered addresses, bounded answers, one deadline."""
