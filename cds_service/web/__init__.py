"""The HTTP edge: routes, pages, errors as OperationOutcome, and what runs beside every call."""
