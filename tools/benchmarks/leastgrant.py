"""How fast a deploy role is proved, and what others take for a part of it: `python -m tools.benchmarks.leastgrant`.

The templates are copies of the stack that the tests prove, a few in each of 29 modules; the role has a statement for
each module and service, about 200 in all unless it says otherwise. Times are of the processor, and ratios of one run
on one machine.
"""

import gc
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from leastgrant import Proof, needs_of, prove, role_of_policy
from leastgrant.iam import Pattern, Permissions, Request, RequestSet, evaluate, parse_policy, ungranted
from leastgrant.template import Environment, parse, resolve
from tools.benchmarks import many_types

# none of these has types, and the `bench` group alone installs them
cfnlint: Any = import_module("cfnlint.api")
moto: Any = import_module("moto.iam.access_control")
smt_encoder: Any = import_module("iamprover.engine.encoder")
smt_model: Any = import_module("iamprover.model")
smt_patterns: Any = import_module("iamprover.engine.patterns")
smt_context: Any = import_module("iamprover.engine.context")
z3: Any = import_module("z3")

APP: dict[str, Any] = json.loads((Path(__file__).parents[2] / "tests/leastgrant/samples/app.json").read_text())
HERE = Environment("aws", "eu-west-1", "817685572750", "app")
MODULES = 29
SIZES = (100, 250, 500, 1_000, 2_500, 5_000, 10_000)
ROLES = (7, 14, 29, 71, 143)  # modules that a role is for: 50 to 1,000 statements
RESOURCES = 500  # where anything else varies
RUNS = 5
SMT_QUERIES = 10  # of the thousands: each takes as long as thousands of ours
SMT_PATIENCE = 10_000  # milliseconds

Document = dict[str, Any]


def template(resources: int, modules: int = MODULES) -> str:
    """Make a template of so many resources, in copies of one stack."""
    copies: dict[str, Any] = {}
    while len(copies) < resources:
        number = len(copies) // len(APP["Resources"])
        text = json.dumps(APP["Resources"]).replace("dataops-v1", f"app-M{number % modules}x{number}")
        for name in APP["Resources"]:
            text = text.replace(f'"{name}"', f'"M{number % modules}x{number}{name}"')
        copies |= json.loads(text)
    return json.dumps({"Resources": dict(list(copies.items())[:resources])})


def policy_for(text: str) -> Document:
    """Make a policy that grants what a template needs, with a statement for each module and service."""
    needs, _ = needs_of(resolve(parse(text, "app.json"), HERE))
    granted: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for need in needs:
        module = re.match(r".*?[Mm]\d+x", str(need.resource))
        granted[need.action.partition(":")[0], f"{module[0]}*" if module else "*"].add(need.action)
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": resource}
        for (_, resource), actions in granted.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def proof(text: str, document: Document) -> Proof:
    """Prove it all: from the text of a template to the findings."""
    return prove(role_of_policy(document, "role"), [resolve(parse(text, "app.json"), HERE)])


def seconds(work: Callable[[], object]) -> float:
    """Measure the processor's time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def of_process(*arguments: str) -> float:
    """Return the processor time of a command of leastgrant, from the start of Python to its end: the least of a few."""
    took: list[float] = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run((sys.executable, "-m", "leastgrant", *arguments), capture_output=True, check=False)  # noqa: S603  (ours)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took)


def commands() -> None:
    """Return what a command takes as a whole."""
    print("Commands")
    with tempfile.TemporaryDirectory() as directory:
        one, many, role = (Path(directory) / name for name in ("one.json", "many.json", "role.json"))
        one.write_text(json.dumps({"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}))
        many.write_text(many_types.template())
        role.write_text(json.dumps(policy_of_services(many_types.template())))
        place = ("--stack-name", "app", "--account", "817685572750", "--region", "eu-west-1")
        types = len({each["Type"] for each in json.loads(many.read_text())["Resources"].values()})
        for name, most, arguments in (
            ("needs of one resource", 0.25, ("needs", "--app", str(one))),
            (
                f"check of {many_types.RESOURCES} resources, {types} types",
                3,
                ("check", "--app", str(many), "--role", str(role)),
            ),
        ):
            print(f"{name:<40}{of_process(*arguments, *place):>8.2f} s CPU, of at most {most} s", flush=True)


def policy_of_services(text: str) -> Document:
    """Return a policy with a statement for each service that a template needs, in one region."""
    needs, _ = needs_of(resolve(parse(text, "app.json"), HERE))
    granted: defaultdict[str, set[str]] = defaultdict(set)
    for need in needs:
        granted[need.action.partition(":")[0]].add(need.action)
    region = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": "*", "Condition": region}
        for actions in granted.values()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def scaling(document: Document) -> None:
    """Time against resources."""
    print(f"\nThe proof against {len(document['Statement'])} statements")
    print(f"{'resources':>10}{'needs':>9}{'CPU':>10}{'per 1,000':>12}")
    for size in SIZES:
        text = template(size)
        found: list[Proof] = []
        took = seconds(lambda text=text, found=found: found.append(proof(text, document)))
        print(f"{size:>10,}{len(found[0].needs):>9,}{took:>8.2f} s{took / size * 1000:>10.2f} s", flush=True)


def role_scaling() -> None:
    """Time against statements; a role of more modules than the template has is for other templates too."""
    print(f"\nThe proof of {RESOURCES} resources")
    print(f"{'statements':>10}{'grants':>9}{'CPU':>10}{'per 100':>12}")
    for modules in ROLES:
        document = policy_for(template(modules * len(APP["Resources"]), modules))
        text = template(RESOURCES, modules)
        found: list[Proof] = []
        took = seconds(lambda text=text, document=document, found=found: found.append(proof(text, document)))
        count = len(document["Statement"])
        print(f"{count:>10,}{len(found[0].grants):>9,}{took:>8.2f} s{took / count * 100:>10.2f} s", flush=True)


def compare(name: str, ours: tuple[int, float], theirs: str, other: tuple[int, float]) -> None:
    """Print one line: how many a second each does, and the ratio."""
    mine, other_rate = ours[0] / ours[1], other[0] / other[1]
    print(f"{name:<22}{mine:>12,.1f} /s   {theirs:<28}{other_rate:>10,.1f} /s{mine / other_rate:>10,.1f}x", flush=True)


def side_by_side(text: str, document: Document) -> None:
    """Compare with what people would use instead, in the same process on the same template and policy."""
    print(f"\nSide by side: {RESOURCES} resources, {len(document['Statement'])} statements")
    needs, _ = needs_of(resolve(parse(text, "app.json"), HERE))
    questions = [(need.action, need.resource) for need in needs if not need.contexts[0]]
    lint_seconds = seconds(lambda: cfnlint.lint(text, regions=["eu-west-1"]))
    compare("whole templates", (1, seconds(lambda: proof(text, document))), "cfn-lint, all rules", (1, lint_seconds))

    requests = [(action, "".join(t if isinstance(t, str) else "a" for t in arn.tokens)) for action, arn in questions]
    permissions, policy = Permissions([parse_policy(document, "role")]), moto.IAMPolicy(json.dumps(document))
    decided: list[list[bool]] = [[], []]
    ours = seconds(lambda: decided[0].extend(evaluate(Request(a, r), permissions).allowed for a, r in requests))
    some = requests[::20]
    permitted = moto.PermissionResult.PERMITTED
    theirs = seconds(lambda: decided[1].extend(policy.is_action_permitted(a, r) is permitted for a, r in some))
    agree(decided[0][::20], decided[1])
    compare("decisions", (len(requests), ours), "moto, IAMPolicy", (len(some), theirs))

    proved: list[bool] = []
    ours = seconds(lambda: proved.extend(ungranted(RequestSet(a, p), permissions) is None for a, p in questions))
    step = len(questions) // SMT_QUERIES
    answers: list[bool | None] = []
    theirs = seconds(lambda: answers.extend(smt_proves(document, a, p) for a, p in questions[::step]))
    known = [number for number, answer in enumerate(answers) if answer is not None]
    agree([proved[::step][number] for number in known], [answers[number] for number in known])
    compare("inclusion queries", (len(questions), ours), "iamprover's encoding, Z3", (len(answers), theirs))
    print(f"Z3 answered {len(known)} of {len(answers)} queries within {SMT_PATIENCE / 1000:.0f} s")


def smt_proves(document: Document, action: str, resources: Pattern) -> bool | None:
    """Tell whether no request of an action on a pattern is refused, with iamprover's encoding of what is allowed.

    It is spared the statements that do not name the action. None: it gave no answer in time.
    """
    statements = [
        smt_model.Statement("Allow", actions=[action.lower()], resources=[statement["Resource"]])
        for statement in document["Statement"]
        if action in statement["Action"]
    ]
    role = smt_model.Principal("arn:aws:iam::817685572750:role/role", [smt_model.Policy("role", statements)])
    solver, asked, resource = z3.Solver(), z3.String("action"), z3.String("resource")
    solver.set("timeout", SMT_PATIENCE)
    solver.add(asked == action.lower(), smt_patterns.matches_any(resource, [str(resources)]))
    solver.add(z3.Not(smt_encoder.allowed(role, asked, resource, smt_context.Context(""), [], [], [])))
    answer = solver.check()
    return None if answer == z3.unknown else answer == z3.unsat


def agree(ours: Sequence[bool], theirs: Iterable[bool | None]) -> None:
    """Refuse a rate if the answers are not the same.

    Raises:
        ValueError: they are not.
    """
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
        if mine != other:
            raise ValueError(f"question {number}: we say {mine}, they say {other}")


def main() -> None:
    """Print all tables."""
    gc.disable()  # as the commands do
    commands()
    document = policy_for(template(MODULES * len(APP["Resources"])))
    scaling(document)
    role_scaling()
    side_by_side(template(RESOURCES), document)


if __name__ == "__main__":
    main()
