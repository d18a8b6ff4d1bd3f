"""What outlives a request and is shared by workers and replicas."""
