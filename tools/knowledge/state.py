"""`python -m tools.knowledge.state`: what each type's handlers may call, as JSON, to compare what is known."""

from __future__ import annotations

import json

from leastgrant.knowledge import UnknownType, authorization, data_version, known_calls, type_names

if __name__ == "__main__":
    versions = {"schemas": str(data_version()), "authorization reference": authorization.data_version()}
    calls = {name: known_calls(name) for name in type_names()}
    types = {
        name: None
        if isinstance(known, UnknownType)
        else sorted({(call.operation.value, call.action, call.tier.value, str(call.resource)) for call in known})
        for name, known in calls.items()
    }
    print(json.dumps({"versions": versions, "types": types}))
