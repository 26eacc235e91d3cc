"""Views of the desk, a module for each thing that engineers work on."""
