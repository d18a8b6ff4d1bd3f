"""A card's folder -> its definition, in every language."""
