"""Writes the content out for review, as Markdown."""
