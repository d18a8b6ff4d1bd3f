"""Tests of `cds-service doctor`."""
