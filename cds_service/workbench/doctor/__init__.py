"""Explains a captured hook request to hospital IT; refuses to call a server or show a person."""
