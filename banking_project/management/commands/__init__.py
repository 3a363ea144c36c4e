"""The commands of `manage.py`: wiring of domain operations to a terminal."""
