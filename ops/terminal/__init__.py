"""What an operator sees: answers and tables."""
