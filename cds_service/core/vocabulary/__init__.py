"""What a code of a chart means: code systems, value sets, and how a code is found in them."""
