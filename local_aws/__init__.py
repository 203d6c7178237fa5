"""An AWS account on this machine: moto's services, held to IAM, with a CloudFormation that rolls back.

moto answers for the services. What it does not do is done in front of it, in this folder, through its public seams
(the WSGI application of its server, the protocol parsers and serializers of `moto.core`, its backends):

- every call is decided by the caller's policies, as AWS would (`gateway`, `requests`);
- roles are assumed with a token whose claims their trust accepts (`login`);
- CloudFormation is one of its own (`cloudformation`): each call that its handlers would make is checked, by what
  `leastgrant` knows of them, when it would be made and on the physical resource; what fails is rolled back;
- functions run, without Docker (`functions`);
- `iam:SimulatePrincipalPolicy` answers (`simulation`).

Not modelled, and nowhere to be seen: signatures, service control, resource and session policies (but for a function's
URL), the condition keys of single services, what a stack policy forbids, notifications, and the tags that an
import gives what it takes in.

Not modelled, and refused before anything is made, all of it at once: macros and `AWS::Include`, `Snapshot`, the
sections `Rules` and `Hooks`, policies of creation and update, and the operations and parameters of CloudFormation
that are not in `cloudformation.service`. The account is gone when the process ends, unless it is kept in a folder
(`state`).
"""

from local_aws.emulator import Emulator

__all__ = ["Emulator"]
