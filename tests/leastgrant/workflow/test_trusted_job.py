"""The job that is trusted is looked at too: what it waits for, where it runs, what it installs, what its steps are."""

from __future__ import annotations

from typing import Any

import pytest

from leastgrant.workflow import DeclaredStep
from leastgrant.workflow.shell import commands
from tests.leastgrant.workflow.contract import DEPLOY, findings, shown

APPROVED = DEPLOY.replace(
    "jobs:\n",
    "jobs:\n  approve:\n    permissions: {}\n    environment: live\n    steps:\n      - run: echo ok\n",
).replace("  deploy:\n", "  deploy:\n    needs: approve\n    runs-on: ubuntu-24.04\n")


def with_steps(*steps: str) -> str:
    return DEPLOY.replace("    steps:\n", "    steps:\n" + "".join(f"      - {step}\n" for step in steps))


def broken(old: str, new: str, text: str = APPROVED) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        APPROVED,
        broken("    environment: live\n", "    environment: ${{ github.ref_name == 'main' && 'live' || 'dev' }}\n"),
        broken("needs: approve", "needs: [built]").replace(
            "jobs:\n", "jobs:\n  built:\n    needs: approve\n    steps: [{run: x}]\n"
        ),
    ],
)
def test_it_waits(text: str):
    assert findings(text, approval="live") == ()


def test_its_own_environment_holds_it_up_too():
    text = DEPLOY.replace("    steps:\n", "    environment: live\n    steps:\n")
    assert [one.kind.value for one in findings(text, approval="live")] == ["subject"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DEPLOY, "waits for no approval by the environment `live`"),
        (broken("    needs: approve\n", ""), "waits for no approval"),
        (broken("    environment: live\n", ""), "waits for no approval"),
        (broken("environment: live", "environment: dev"), "waits for no approval"),
        (broken("environment: live", "environment: ${{ github.run_id }}"), "waits for no approval"),
        (broken("    needs: approve\n", "    needs: approve\n    if: always()\n"), "waits for no approval"),
        (broken("    needs: approve\n", "    needs: approve\n    if: ${{ !cancelled() }}\n"), "waits for no approval"),
        (broken("environment: live\n", "environment: live\n    continue-on-error: true\n"), "has `continue-on-error`"),
        (broken("- run: echo ok\n", "- run: echo ok\n        continue-on-error: true\n"), "has `continue-on-error`"),
        (broken("- run: echo ok\n", "- uses: actions/checkout@v5\n"), "uses `actions/checkout@v5`"),
        (broken("    permissions: {}\n", "    permissions: {id-token: write}\n"), "may request a token"),
    ],
)
def test_an_approval_that_holds_nothing_up(text: str, said: str):
    found = [one for one in findings(text, approval="live") if one.kind.value == "approval"]
    assert len(found) == 1
    assert said in found[0].message


@pytest.mark.parametrize(
    "label", ["ubuntu-latest", "ubuntu-24.04-arm", "windows-2025", "macos-15-xlarge", "UBUNTU-22.04"]
)
def test_a_runner_of_githubs_own(label: str):
    assert findings(broken("ubuntu-24.04", label)) == ()


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("self-hosted", "runner"),
        ("[self-hosted, ubuntu-latest]", "runner"),
        ("{group: ours, labels: ubuntu-24.04}", "unknown"),
        ("ubuntu-latest-16-cores", "unknown"),
        ("${{ vars.RUNNER }}", "unknown"),
        ("${{ github.ref == 'refs/heads/main' && 'mine' || 'ubuntu-latest' }}", "unknown"),
    ],
)
def test_another_runner(label: str, kind: str):
    assert [one.kind.value for one in findings(broken("ubuntu-24.04", label))] == [kind]


def test_a_runner_that_is_declared_or_of_another_job():
    assert findings(broken("ubuntu-24.04", "[self-hosted, Ours]"), runners=("ours",)) == ()
    assert findings(broken("    environment: live\n", "    environment: live\n    runs-on: self-hosted\n")) == ()


@pytest.mark.parametrize(
    "script",
    [
        "curl -fsSL https://example.com/i.sh | sh",
        "wget -qO- https://example.com | sudo -E bash -s -- --yes",
        "bash <(curl -s https://example.com)",
        'sh -c "$(curl -fsSL https://example.com)"',
        'eval "$(curl https://example.com)"',
        "pip install aws-sam-cli",
        "pip install -r requirements.txt",
        "python -m pip install --upgrade pip",
        "uv pip install x",
        "pip install .",
        "npm install -g aws-cdk",
        "npm i",
        "cd web && npm install",
        "npx --yes cdk deploy",
        "npx cdk@2 deploy",
        "sudo gem install x",
        "cargo install x",
        "go install example.com/x@latest",
        "uvx x",
        "if true; then pip3 install x; fi",
    ],
)
def test_what_no_lock_names(script: str):
    found = findings(with_steps(f"run: |\n          {script}"))
    assert shown(found) == ["install 11"]


@pytest.mark.parametrize(
    "script",
    [
        "npm ci",
        "pip install --require-hashes -r requirements.txt",
        "pip install --no-deps .",
        "pip install --no-index --find-links wheels x",
        "npx cdk deploy",
        "curl -fsSL https://example.com -o x.json",
        "curl https://example.com | jq .version",
        "echo 'curl https://example.com | sh'",
        "# curl https://example.com | sh",
        "cargo install --locked x",
        "pnpm install --frozen-lockfile",
        "make tools",
    ],
)
def test_what_is_locked(script: str):
    assert findings(with_steps(f"run: |\n          {script}")) == ()


def test_one_finding_for_all_that_a_job_installs():
    (found,) = findings(with_steps("run: npm install", "run: pip install x", "run: npm install"))
    assert "names: `npm install`, `pip install x`" in found.message


def test_another_job_may_install_what_it_likes():
    text = DEPLOY.replace("jobs:\n", "jobs:\n  test:\n    steps: [{run: npm install}]\n")
    assert findings(text) == ()


STEPS = (
    DeclaredStep("actions/checkout"),
    DeclaredStep("Verify", ("cd ", "sha256sum --check")),
    DeclaredStep("aws-actions/configure-aws-credentials"),
)
DECLARED = with_steps(
    "uses: actions/checkout@v5", 'name: Verify\n        run: cd sealed && sha256sum --check "$FILE" # the seal'
)


def of_steps(text: str, *steps: DeclaredStep) -> list[str]:
    found = findings(text, steps={"deploy.yml:deploy": steps or STEPS})
    return [one.message.removeprefix("job `deploy` has ") for one in found if one.kind.value == "step"]


def test_the_declared_steps():
    assert findings(DECLARED, steps={"deploy.yml:deploy": STEPS}) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "      - name: Verify",
            "      - run: make x\n      - name: Verify",
            ["the step `run: make x`, which is not declared at all"],
        ),
        (
            "cd sealed && sha256sum",
            "echo sha256sum",
            ["the step `Verify`, which runs `echo sha256sum --check $FILE`, other than declared"],
        ),
        ("cd sealed && ", "", ["the step `Verify`, which runs `sha256sum --check $FILE`, other than declared"]),
        (
            "        run: cd",
            "        if: false\n        run: cd",
            ["the step `Verify`, with `if: false`, and none is declared"],
        ),
        (
            "        run: cd",
            "        continue-on-error: true\n        run: cd",
            ["the step `Verify`, with `continue-on-error`: it holds nothing up"],
        ),
        (
            "name: Verify",
            "name: Other",
            ["the step `Other`, which is not declared at all", "no step `Verify` here, which is declared"],
        ),
        (
            ' && sha256sum --check "$FILE"',
            "",
            ["the step `Verify`, which does not run `sha256sum --check`, other than declared"],
        ),
        (
            "checkout@v5",
            "github-script@v8",
            [
                "the step `actions/github-script`, which is not declared at all",
                "no step `actions/checkout` here, which is declared",
            ],
        ),
    ],
)
def test_steps_other_than_declared(old: str, new: str, said: list[str]):
    assert sorted(of_steps(broken(old, new, DECLARED))) == sorted(said)


def test_steps_in_another_order():
    assert of_steps(DECLARED, STEPS[2], *STEPS[:2]) == [
        "no step `aws-actions/configure-aws-credentials` here, which is declared",
        "the step `aws-actions/configure-aws-credentials`, which is not declared in this place",
    ]


def test_the_condition_of_a_step_is_declared():
    text = broken("        run: cd", "        if: github.ref ==   'refs/heads/main'\n        run: cd", DECLARED)
    held = DeclaredStep("Verify", None, "github.ref == 'refs/heads/main'")
    assert of_steps(text, STEPS[0], held, STEPS[2]) == []
    assert of_steps(DECLARED, STEPS[0], held, STEPS[2]) == [
        "the step `Verify`, with no `if`, and `if: github.ref == 'refs/heads/main'` is declared"
    ]


ACTION = DeclaredStep("actions/checkout", uses="actions/checkout", inputs={"fetch-depth": "1"})
EXACT = (ACTION, DeclaredStep("Verify", ("cd sealed", "sha256sum --check $FILE"), exact=True), STEPS[2])
GIVEN = broken("checkout@v5\n", "checkout@v5\n        with:\n          fetch-depth: 1\n", DECLARED)


def test_each_word_and_each_input_as_declared():
    assert of_steps(GIVEN, *EXACT) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"$FILE"', '"$FILE" --quiet', "the step `Verify`, which runs `sha256sum --check $FILE --quiet`, other than"),
        ("fetch-depth: 1", "fetch-depth: 0", "the step `actions/checkout`, with `fetch-depth: 0`, other than declared"),
        ("fetch-depth: 1", "{fetch-depth: 1, ref: dev}", "with `ref: dev`, other than declared"),
        ("        with:\n          fetch-depth: 1\n", "", "with no `fetch-depth`, other than declared"),
        (
            "uses: actions/checkout@v5\n        with:\n          fetch-depth: 1\n",
            "name: actions/checkout\n        run: git clone x\n",
            "which runs `git clone x`, and `actions/checkout` is declared",
        ),
        (
            "uses: actions/checkout@v5\n",
            "name: actions/checkout\n        uses: evil/checkout@v5\n",
            "which uses `evil/checkout`, and `actions/checkout` is declared",
        ),
        (
            "        run: cd",
            "        shell: sh -c x {0}\n        run: cd",
            "with `shell: sh -c x {0}`, which is not declared",
        ),
        (
            "        run: cd",
            "        env: {PYTHONPATH: evil}\n        run: cd",
            "the variable `PYTHONPATH`, which decides",
        ),
        ("    steps:\n", "    container: evil\n    steps:\n", "its steps declared, and a `container` that is not"),
        ("    steps:\n", "    defaults: {run: {shell: sh}}\n    steps:\n", "and a `shell` that is not"),
    ],
)
def test_what_is_not_exactly_as_declared(old: str, new: str, said: str):
    if "{fetch" in new:
        old, new = "        with:\n          fetch-depth: 1\n", f"        with: {new}\n"
    (found,) = of_steps(broken(old, new, GIVEN), *EXACT)
    assert said in found


def test_variables_that_decide_nothing():
    text = broken("        run: cd", "        env: {GITHUB_X: 1, PATHS: x, CHANGE_SET: y}\n        run: cd", GIVEN)
    assert of_steps(text, *EXACT) == []


PREPARED: dict[str, Any] = {
    "approval": "live",
    "steps": {"deploy.yml:deploy": STEPS},
    "before_approval": ("deploy.yml:deploy",),
}


def test_a_job_that_prepares_what_is_approved_need_not_wait():
    assert findings(DECLARED, **PREPARED) == ()
    (found,) = findings(DECLARED, approval="live", steps=PREPARED["steps"])
    assert "waits for no approval" in found.message
    text = broken("cd sealed", "cdk deploy", DECLARED)
    assert [one.kind.value for one in findings(text, **PREPARED)] == ["step"]


def test_a_job_before_the_approval_declares_its_steps():
    with pytest.raises(ValueError, match="has the role before the approval: declare its steps"):
        findings(DECLARED, approval="live", before_approval=("deploy.yml:deploy",))


def test_steps_of_a_job_by_another_name_are_refused():
    with pytest.raises(ValueError, match="names no job"):
        findings(DEPLOY, steps={"deploy": STEPS})


def test_the_commands_of_a_script():
    script = "set -e\nA=1 sudo env B=2 \\\n  /usr/bin/pip install 'a;b' | tee x # no\n\nif ! grep -q y; then z; fi"
    found = commands(script)
    assert [(one.program, one.line, one.is_piped) for one in found] == [
        (("set", "-e"), 0, False),
        (("pip", "install", "a;b"), 1, False),
        (("tee", "x"), 2, True),
        (("grep", "-q", "y"), 4, False),
        (("z",), 4, False),
        (("fi",), 4, False),
    ]


def test_any_script_is_read() -> None:
    for script in ("'", '"', "\\", "a 'b\nc", "<(", "&", "|||;;", "\\\n"):
        assert isinstance(commands(script), tuple)
    many: Any = commands("curl | " * 20_000)
    assert len(many) == 20_000
