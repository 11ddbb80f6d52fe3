"""The mutations, which are the same in every schema."""

import strawberry

from .approving import ApprovalMutations
from .registering import AgentMutations


@strawberry.type(
    description="What the caller may ask for and decide. Every reason has 10 to 1,000 characters."
)
class Mutation(ApprovalMutations, AgentMutations):
    """Not read again where commits come between: each commits once."""
