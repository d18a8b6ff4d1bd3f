"""Reads what EHRs send, DSTU2 to R5, into one Record; refuses to know any clinical meaning."""
