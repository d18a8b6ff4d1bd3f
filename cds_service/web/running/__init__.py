"""What runs beside every call: limits, log, metrics, audit, health."""
