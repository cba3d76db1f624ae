"""The making of labelled address texts: a grammar, the country's divisions, and their mess."""
