"""Registers an EHR here, and explains its tokens."""
