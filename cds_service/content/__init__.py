"""Reads `cards/` once and gives a frozen Knowledge; anything not understood stops the start."""
