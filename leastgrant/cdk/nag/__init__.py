"""A cdk-nag pack of what is local to one resource of a deployment with a scoped role.

Validations.of(app).add_plugins(DeploymentChecks(app))

Needs `cdk-nag` (`pip install leastgrant[nag]`). Whether the role fits its stacks is no matter of one resource: that is
`leastgrant.cdk.plugin.DeployRoleProof`.
"""

from leastgrant.cdk.nag.pack import DeploymentChecks

__all__ = ["DeploymentChecks"]
