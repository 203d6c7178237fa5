"""What maintainers run, and no product needs: `make upgrade` and `make bench`."""
