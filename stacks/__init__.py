"""What is deployed: the two stacks, and everything in them."""
