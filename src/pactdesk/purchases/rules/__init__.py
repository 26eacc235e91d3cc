"""What may be bought and given back, and what the provider's word means for a purchase. Pure."""
