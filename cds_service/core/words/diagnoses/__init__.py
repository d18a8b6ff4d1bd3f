"""What words say of a diagnosis or an operation: where, of which hip, in what state."""
