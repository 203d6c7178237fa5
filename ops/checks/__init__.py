"""What must hold before a deployment may start: a module for each check, named after what it asserts."""
