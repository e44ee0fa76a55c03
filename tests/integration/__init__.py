"""Several parts together, over files and sockets."""
