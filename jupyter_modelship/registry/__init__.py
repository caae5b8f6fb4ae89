"""A client of registries as the OCI distribution specification describes them."""
