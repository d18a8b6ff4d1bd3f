"""A hospital's own folder (`CDS_SITE_DIR`)."""
