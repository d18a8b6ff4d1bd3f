"""What authors and hospital IT use at their desk; the service never imports it."""
