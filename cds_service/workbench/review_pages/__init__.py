"""Writes the content out for review, as Markdown; refuses to know requests and patients."""
