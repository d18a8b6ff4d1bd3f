"""For the people who register an EHR here; refuses to answer hooks."""
