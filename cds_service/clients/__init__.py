"""The clients file (`CDS_CLIENTS`): who may call, and whom we may call."""
