"""What `./scripts/bench` measures: one run, all of it interleaved, and the page that it writes."""
