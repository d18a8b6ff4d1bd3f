"""The clock of a hip: histories of invented patients, each with the day a surgeon would name."""
