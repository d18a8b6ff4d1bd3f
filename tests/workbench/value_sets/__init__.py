"""Value sets against a terminology server."""
