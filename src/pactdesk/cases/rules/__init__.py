"""Rules of the guided request. Pure."""
