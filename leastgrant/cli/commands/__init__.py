"""The commands, a module for each: it declares its arguments, reads its inputs and writes its result."""
