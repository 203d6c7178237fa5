"""What `cdk synth` made, in a few lines: the end of `make synth`."""
