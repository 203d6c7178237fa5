"""The contract between a GitLab pipeline, a role's trust policy, and the role.

    pipeline = load_pipeline(Path(".gitlab-ci.yml"))
    facts = PipelineFacts("acme/shop", default_branch="main", regions=("eu-west-1",), role_arn="arn:aws:iam::...")
    for finding in check_pipelines([pipeline], [(role, facts)]):
        print(finding.where, finding.message, finding.fix)

What a rule asks of variables that only the pipeline knows is not decided, and said so; what was not read, such as an
included file of another project, too.
"""

from leastgrant.workflow.gitlab.checking import check_pipelines
from leastgrant.workflow.gitlab.facts import PipelineFacts
from leastgrant.workflow.gitlab.model import Pipeline
from leastgrant.workflow.gitlab.parse import load_pipeline, parse_pipeline

__all__ = ["Pipeline", "PipelineFacts", "check_pipelines", "load_pipeline", "parse_pipeline"]
