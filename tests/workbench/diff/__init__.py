"""Captured requests against two contents."""
