"""Other sizes, parts, colours and directions of a picture."""
