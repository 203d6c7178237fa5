"""The project on disk: its settings, its cloud assembly (`cdk.out`) and its workflows. Needs no AWS SDK."""
