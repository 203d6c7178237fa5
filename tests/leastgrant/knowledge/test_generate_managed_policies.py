"""AWS's managed policies are written anew from a checkout, or it is said what is wrong with that."""

import json
from pathlib import Path

import pytest

from leastgrant.knowledge import generate_managed_policies
from leastgrant.knowledge.generate_managed_policies import PolicySourceError, generate, main
from leastgrant.knowledge.managed_policies import DATA_FILE

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
ANSWER: dict[str, object] = {
    "PolicyVersion": {"CreateDate": "2026-02-03T04:05:06Z", "VersionId": "v2", "Document": DOCUMENT}
}


def checkout(folder: Path, **policies: object) -> Path:
    (folder / "policies").mkdir()
    for name, answer in policies.items():
        (folder / "policies" / name).write_text(json.dumps(answer))
    return folder


def test_a_policy_becomes_one_line(tmp_path: Path):
    header, line = generate(checkout(tmp_path, Mine=ANSWER), "2026-03-04", ["service-role/Mine"]).splitlines()
    assert json.loads(header) == {"date": "2026-03-04", "policies": 1}
    assert json.loads(line) == {
        "policy": "service-role/Mine",
        "version": "v2",
        "since": "2026-02-03",
        "document": DOCUMENT,
    }


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([], "is not what GetPolicyVersion answers"),
        ({"PolicyVersion": {"VersionId": "v1"}}, "is not what GetPolicyVersion answers: KeyError('CreateDate')"),
    ],
)
def test_another_file_is_refused(answer: object, problem: str, tmp_path: Path):
    with pytest.raises(PolicySourceError, match="GetPolicyVersion") as error:
        generate(checkout(tmp_path, Mine=answer), "2026-03-04", ["Mine"])
    assert problem in str(error.value)


def test_a_policy_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    data = tmp_path / "data.jsonl"
    monkeypatch.setattr(generate_managed_policies, "DATA_FILE", data)
    assert main([str(checkout(tmp_path, Mine=ANSWER)), "2026-03-04"]) == 2
    assert "No such file or directory; name a policy that the checkout has" in capsys.readouterr().err
    assert not data.exists()
    assert main(["folder"]) == 2
    assert main(["folder", "today"]) == 2


def test_the_committed_data_is_as_it_is_written(tmp_path: Path):
    header, *lines = map(json.loads, DATA_FILE.read_text(encoding="utf-8").splitlines())
    answers = {
        line["policy"].rpartition("/")[2]: {
            "PolicyVersion": {
                "CreateDate": line["since"],
                "VersionId": line["version"],
                "Document": line["document"],
            }
        }
        for line in lines
    }
    again = generate(checkout(tmp_path, **answers), header["date"], [line["policy"] for line in lines])
    assert again == DATA_FILE.read_text(encoding="utf-8")
