"""The HTTP edge: routes, errors as OperationOutcome, pages; refuses to know clinical content."""
