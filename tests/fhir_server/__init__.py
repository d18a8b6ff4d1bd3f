"""The EHR's FHIR server, good and hostile: what prefetch lacked is fetched, or named as missing."""
