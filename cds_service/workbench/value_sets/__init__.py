"""`cds-service value-sets refresh`: proposes codes from a terminology server; decides on none."""
