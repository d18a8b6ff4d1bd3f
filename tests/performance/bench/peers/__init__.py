"""The services of others: how they are installed beside the package, and how they are started."""
