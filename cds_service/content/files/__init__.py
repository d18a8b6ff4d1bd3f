"""YAML, Markdown and templates with the place of every word."""
