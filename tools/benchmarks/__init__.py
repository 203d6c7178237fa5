"""How long our commands take, as multiples of the least that CDK takes on the same machine."""
