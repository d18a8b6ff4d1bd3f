"""Proves the content by its cases."""
