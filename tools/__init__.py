"""What sets the project up (`tools.install`), and what maintainers run: `make upgrade` and `make bench`."""
