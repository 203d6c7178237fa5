"""AWS Budgets, whose types have no handlers in their provider schemas."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import required

_ACTIONS = "Actions, resources, and condition keys for AWS Budget Service, Service Authorization Reference"
_BUDGET = ArnTemplate(
    "arn:${Partition}:budgets::${Account}:budget/${BudgetName}", (("BudgetName", PropertyValue("Budget/BudgetName")),)
)

RULES = {
    "AWS::Budgets::Budget": (
        required(
            "budgets:ModifyBudget",
            on="create update delete",
            resource=_BUDGET,
            add=True,
            reason="the one action for making, changing and deleting budgets",
            source=_ACTIONS,
        ),
        required(
            "budgets:ViewBudget",
            on="read",
            resource=_BUDGET,
            add=True,
            reason="how a budget is read",
            source=_ACTIONS,
        ),
    ),
}
