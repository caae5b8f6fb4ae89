"""What people install: the wheel, and the Binder environment."""
