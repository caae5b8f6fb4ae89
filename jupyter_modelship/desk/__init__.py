"""What faces ask, answered: looks, reviews, how services stand, what runs say; JSON values."""
