"""A proof as text: for a terminal, a program, a pull request, code scanning and a browser; one format a file."""
