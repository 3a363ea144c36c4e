"""No gateway: a Django view that reads the request and touches no database. A limit, not a peer."""
