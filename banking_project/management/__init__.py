"""Management: see `commands`."""
