"""What letters are drawn with."""
