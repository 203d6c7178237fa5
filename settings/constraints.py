"""A constraint for each kind of value: what AWS (or GitHub) accepts, and nothing that could act as a wildcard.

Each takes what CDK context holds (a string from `-c`, any JSON value from cdk.json), returns the typed value and
raises `ValueError` with the end of a sentence that begins with the key: "must ...".
"""

import re
from difflib import get_close_matches

from leastgrant.template import PARTITION_OF

_FEWEST_DAYS = 90  # MinValue of ExportArchiveRetentionDays in the live template
_LONGEST_UNSHORTENED = 24
_MOST_DAYS = 2**31 - 1  # S3 API: NoncurrentDays is a 32-bit integer


def github_owner(value: object) -> str:
    """Check a GitHub account's login: letters, digits and inner hyphens (underscores for managed users), at most 39."""
    return _match(value, r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?", "be a GitHub account's login")


def github_repo(value: object) -> str:
    """Check a GitHub repository's name: letters, digits, `.`, `_` and `-`, at most 100."""
    return _match(value, r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}", "be a GitHub repository's name, without its owner")


def github_branch(value: object) -> str:
    """Check a branch name: that git accepts it (git-check-ref-format), and no character that IAM would interpret.

    git refuses `*` and `?` itself. `$` is refused here: `${...}` is a policy variable in an IAM condition.
    """
    branch = _match(
        value,
        r"(?!-|@$)(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))[^\x00-\x20\x7f~^:?*\[\\$/.][^\x00-\x20\x7f~^:?*\[\\$]{0,243}(?<![/.])",
        "be one branch's name as git accepts it, without wildcards or `$`",
    )
    if branch.startswith("refs/"):
        raise ValueError(f"must be a branch's short name, not the full ref {branch!r}: leave out 'refs/heads/'")
    return branch


def role_name(value: object) -> str:
    """Check a role's name (IAM API, CreateRole, RoleName): 1 to 64 of letters, digits and `_+=,.@-`."""
    return _match(value, r"[A-Za-z0-9_+=,.@-]{1,64}", "be an IAM role name: 1 to 64 letters, digits or _+=,.@-")


def stack_name(value: object) -> str:
    """Check a stack's name (CloudFormation API, CreateStack): a letter, then letters, digits, hyphens; at most 128."""
    return _match(
        value,
        r"[A-Za-z][A-Za-z0-9-]{0,127}",
        "be a CloudFormation stack name: a letter, then letters, digits or hyphens, at most 128",
    )


def app_stack_name(value: object) -> str:
    """Check a stack name that CloudFormation never shortens in names it generates, so that grants on `<stack>-` hold.

    Of at most 63 characters (S3) a random part of 12 or 13 and two hyphens leave 48, which CloudFormation splits
    evenly between stack name and logical id when both are long (`IdentifierUtils` of its Java plugin).
    """
    name = stack_name(value)
    if len(name) > _LONGEST_UNSHORTENED:
        raise ValueError(
            f"must have at most {_LONGEST_UNSHORTENED} characters, not {len(name)}: CloudFormation shortens a longer"
            " one in the names it generates, and the deploy role's grants would miss them"
        )
    return name


def github_workflow(value: object) -> str:
    """Check the name of a workflow's file, or nothing, where any workflow of the branch is trusted."""
    return _match(
        value, r"|[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.ya?ml", "be a workflow's file name, such as deploy.yml, or empty"
    )


def github_environment(value: object) -> str:
    """Check an environment's name, or nothing, where jobs without one are trusted: what a subject has unchanged."""
    return _match(
        value, r"|[A-Za-z0-9_.-]{1,255}", "be an environment's name of letters, digits, `_`, `.` or `-`, or empty"
    )


def github_repository_id(value: object) -> str:
    """Check a repository's id, or nothing, where it is not asked for: digits, as text, as tokens have it."""
    return _match(value, r"|[0-9]{1,20}", "be the digits of a GitHub repository's id, in quotes, or empty")


def account(value: object) -> str:
    """Check an AWS account id: 12 digits, as text (a JSON number would lose leading zeros)."""
    return _match(value, r"[0-9]{12}", "be an AWS account id: 12 digits, in quotes")


def region(value: object) -> str:
    """Check the name of an AWS region, of any partition."""
    if isinstance(value, str) and value in PARTITION_OF:
        return value
    near = get_close_matches(str(value), PARTITION_OF, n=1)
    raise ValueError(f"must be an AWS region, not {value!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def bucket_name(value: object) -> str:
    """Check a bucket's name (Amazon S3 User Guide, "General purpose bucket naming rules")."""
    name = _match(
        value,
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:\.\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$))"
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "be an S3 bucket name: 3 to 63 lower-case letters, digits, dots or hyphens, and no reserved prefix or suffix",
    )
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", name):
        raise ValueError(f"must be an S3 bucket name, not an IP address, not {name!r}")
    return name


def secret_name(value: object) -> str:
    """Check a secret's name (Secrets Manager API, CreateSecret, Name): 1 to 512 of letters, digits and `/_+=.@-`."""
    return _match(value, r"[A-Za-z0-9/_+=.@-]{1,512}", "be a secret's name: 1 to 512 letters, digits or /_+=.@-")


def basic_auth_username(value: object) -> str:
    """Check a user-id (RFC 7617, section 2): no colon and no control characters; at most 128 here."""
    return _match(value, r"[^\x00-\x1f\x7f:]{1,128}", "be a user name without colons or control characters")


def environment_name(value: object) -> str:
    """Check a name by the AllowedPattern of DataOpsEnvironment in the live template."""
    return _match(value, r"[a-zA-Z0-9_.-]{1,128}", "be 1 to 128 letters, digits, `_`, `.` or `-`")


def archive_prefix(value: object) -> str:
    """Check a prefix by the AllowedPattern of ExportArchivePrefix in the live template, which adds a slash."""
    return _match(
        value,
        r"(?!/)(?!.*//)[a-zA-Z0-9_./-]{1,512}(?<!/)",
        "be an S3 key prefix of letters, digits, `_`, `.`, `-` and inner `/`",
    )


def retention_days(value: object) -> int:
    """Check days: at least 90, as MinValue of ExportArchiveRetentionDays in the live template."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _FEWEST_DAYS <= value <= _MOST_DAYS:
        raise ValueError(f"must be a whole number of days, {_FEWEST_DAYS} or more, not {value!r}")
    return value


def record_file(value: object) -> str:
    """Check the path of the record of what is live; it is empty where nothing is."""
    return _match(value, r"[^\x00]*", "be the path of a record, or empty where nothing is live")


def directory(value: object) -> str:
    """Check a path; whether the directory is there is asked when it is read."""
    return _match(value, r"[^\x00]+", "be the path of a directory")


def _match(value: object, pattern: str, expectation: str) -> str:
    if isinstance(value, str) and value.isprintable() and re.fullmatch(pattern, value):
        return value
    raise ValueError(f"must {expectation}, not {value!r}")
