"""The dossier: a battery's file that needs no server, and the one that verifies it."""
