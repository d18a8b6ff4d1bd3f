"""The side of the body that words say: of a whole text, of a finding, of a diagnosis."""
