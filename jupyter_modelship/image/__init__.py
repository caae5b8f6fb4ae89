"""What an image is made of: described here, made by an engine."""
