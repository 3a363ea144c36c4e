"""Tests of the gateway: what it answers against graphql-core's own execution, and each of its parts by name."""
