"""Runs the quirk corpus against any CDS Hooks service; refuses to know FHIR and medicine."""
