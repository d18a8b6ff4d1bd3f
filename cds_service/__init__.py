"""A CDS Hooks service for osteonecrosis of the femoral head."""
