"""The CDS Hooks endpoints."""
