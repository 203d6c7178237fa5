"""`make mutants`: which faults, made one at a time in what decides, no test notices."""
