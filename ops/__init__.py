"""What an operator needs: a look at what was synthesised."""
