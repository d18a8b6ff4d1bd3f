"""What is read of texts, by tables that a clinician can read."""
