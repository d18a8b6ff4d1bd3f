"""Explains a captured hook request to hospital IT: calls no server, shows no person."""
