"""Project: puts the rooms together. Settings, URLs, wiring, commands; no rules of its own."""
