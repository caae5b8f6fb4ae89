"""Where services run: one port, and an adapter for each place."""
