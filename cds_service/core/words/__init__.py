"""The only reader of free text: one pass finds the listed phrases, and what their context says."""
