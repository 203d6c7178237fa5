"""`leastgrant rehearse`: a CDK app deployed on this machine by the real CDK CLI, through the app's own roles.

An account of `local_aws` is bootstrapped as `cdk bootstrap` does it, with the execution policies that are to be tried.
Then the CLI, with nothing but the CI role's permissions, deploys, deploys again, changes, fails and destroys.
"""

from local_aws.rehearse.command import run

__all__ = ["run"]
