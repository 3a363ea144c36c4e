"""What may be asked, and who may see it."""
