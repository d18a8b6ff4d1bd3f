"""What outlives a request and is shared by workers and replicas; refuses to know what it is for."""
