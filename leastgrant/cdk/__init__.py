"""leastgrant in a CDK app: the proof as a validation plugin, and rules for cdk-nag."""
