"""How the stacks reach AWS: with the caller's own credentials, through the bucket that is already there."""

from aws_cdk import CliCredentialsStackSynthesizer


def artifact_synthesizer(bucket_name: str, stack_name: str) -> CliCredentialsStackSynthesizer:
    """Make a synthesizer without bootstrap stack or roles: all goes to the bucket, under the stack's name."""
    return CliCredentialsStackSynthesizer(file_assets_bucket_name=bucket_name, bucket_prefix=f"{stack_name}/")
