"""Plain forms: they parse and clean what was typed; rules of the rooms decide."""
