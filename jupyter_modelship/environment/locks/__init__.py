"""Who rules on versions: one module per format of lock, each giving a `Ruling`."""
