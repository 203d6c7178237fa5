"""The deploy job's own steps, against the embedded AWS: they deploy the app; and each refusal stops them in time."""

from tests.pipeline.conftest import Pipeline


def test_the_app_is_deployed(pipeline: Pipeline) -> None:
    job = pipeline.job("deploy")
    assert not job.failed, job.log
    assert pipeline.executed() == 1
    print(job.summary)

def test_again(pipeline: Pipeline) -> None:
    job = pipeline.job("deploy")
    print(job.log)
    print(job.summary)
    print(job.outcomes)
    assert not job.failed, job.log
