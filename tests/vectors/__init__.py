"""Published test vectors, each with where it came from."""
