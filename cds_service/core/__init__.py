"""The clinical reasoning, pure: no Flask, no network, no files, no clock, no logging."""
