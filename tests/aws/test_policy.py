"""Policies that are put together from statements."""

from __future__ import annotations

import itertools

from modelberth_platform.aws.policy import allow, characters, document


def test_what_is_alike_is_merged_and_nothing_is_widened() -> None:
    policy = document(
        [
            allow("Roles", "iam", "GetRole CreateRole", "arn:one"),
            allow("Roles", "iam", "CreateRole GetRole", "arn:two"),
            allow("Roles", "iam", "TagRole", "arn:two"),
            allow("Roles", "iam", "TagRole", "arn:one"),
            allow("Roles", "iam", "GetRole", "arn:three"),
            allow("Logs", "logs", "CreateLogGroup", "arn:logs"),
        ]
    )
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogGroup"], "Resource": ["arn:logs"]},
            {
                "Sid": "Roles",
                "Effect": "Allow",
                "Action": ["iam:CreateRole", "iam:GetRole", "iam:TagRole"],
                "Resource": ["arn:one", "arn:two"],
            },
            {"Sid": "Roles2", "Effect": "Allow", "Action": ["iam:GetRole"], "Resource": ["arn:three"]},
        ],
    }


def test_a_condition_stays_with_what_it_is_for() -> None:
    passed = {"iam:PassedToService": "lambda.amazonaws.com"}
    policy = document(
        [
            allow("Roles", "iam", "PassRole", "arn:one", StringEquals=passed),
            allow("Roles", "iam", "GetRole", "arn:one"),
            allow("Roles", "iam", "PassRole", "arn:two", StringEquals=passed),
        ]
    )
    (conditional,) = (statement for statement in policy["Statement"] if "Condition" in statement)
    assert conditional["Action"] == ["iam:PassRole"]
    assert conditional["Resource"] == ["arn:one", "arn:two"]
    assert conditional["Condition"] == {"StringEquals": passed}
    (plain,) = (statement for statement in policy["Statement"] if "Condition" not in statement)
    assert (plain["Action"], plain["Resource"]) == (["iam:GetRole"], ["arn:one"])


def test_the_order_of_the_statements_is_nothing() -> None:
    statements = [
        allow("A", "iam", "GetRole", "arn:one"),
        allow("A", "iam", "TagRole", "arn:one", Bool={"x:y": "true"}),
        allow("A", "iam", "TagRole", "arn:two"),
    ]
    policies = [document(order) for order in itertools.permutations(statements)]
    assert all(policy == policies[0] for policy in policies)
    assert len({each["Sid"] for each in policies[0]["Statement"]}) == 3


def test_the_size_counts_no_whitespace() -> None:
    assert characters({"Version": "x", "Statement": []}) == len('{"Version":"x","Statement":[]}')
