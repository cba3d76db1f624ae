"""The address tagger: which level each character of an address text belongs to."""
