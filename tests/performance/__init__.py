"""What a request may cost, measured against a Flask app that only parses the same body."""
