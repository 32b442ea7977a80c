"""What is the thing in a picture, and what is the ground behind it."""
