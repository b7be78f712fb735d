"""What is done to reviews and their discussion, by subject."""
