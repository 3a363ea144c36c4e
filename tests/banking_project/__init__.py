"""The wiring: commands, and how a deployment starts or is refused to."""
