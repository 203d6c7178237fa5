"""How the stacks reach AWS: with the caller's own credentials, through the bucket that is already there."""

from aws_cdk import CliCredentialsStackSynthesizer


def artifact_synthesizer(bucket_name: str, stack_name: str) -> CliCredentialsStackSynthesizer:
    """No bootstrap stack and no roles of its own: templates and code go to the bucket, under the stack's name."""
    return CliCredentialsStackSynthesizer(file_assets_bucket_name=bucket_name, bucket_prefix=f"{stack_name}/")
