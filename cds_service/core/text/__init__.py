"""The only reader of free text: topics, sides, stages."""
