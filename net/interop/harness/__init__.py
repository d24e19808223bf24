"""Machinery of the interop suite: installing clients, starting brokers, running suites, printing the table."""
