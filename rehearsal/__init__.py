"""The whole deployment, played on this machine: `make rehearse`."""
