"""What is done to the queue, by subject."""
