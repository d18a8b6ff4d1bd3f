"""The FHIR elements that are read, DSTU2 to R5, and the values in them."""
