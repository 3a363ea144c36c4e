"""Tests: they mirror the tree; `journeys/` tells users' stories end to end over real HTTP."""
