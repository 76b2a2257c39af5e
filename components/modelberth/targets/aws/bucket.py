"""A private, encrypted bucket of an endpoint's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.place import Place

OBJECT_DAYS = 365


@dataclass(frozen=True)
class Bucket:
    """A bucket.

    Attributes:
        name: its name.
        needs: what must be in force before anything is written to it.
    """

    name: pulumi.Input[str]
    needs: tuple[pulumi.Resource, ...] = ()


def declare_bucket(place: Place[Any]) -> Bucket:
    """The bucket that the declaration names, or one made here, which a destroy does not delete while data is in it."""
    if place.spec.bucket is not None:
        return Bucket(place.spec.bucket)
    bucket = aws.s3.Bucket(place.child("bucket"), tags=place.tags(), opts=place.opts())
    encryption = _encrypted(place, bucket)
    closed = aws.s3.BucketPublicAccessBlock(
        place.child("bucket-access"),
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=place.opts(),
    )
    _expiring(place, bucket)
    policy = aws.s3.BucketPolicy(
        place.child("bucket-policy"),
        bucket=bucket.bucket,
        policy=pulumi.Output.json_dumps(only_encrypted_transport(bucket.arn)),
        opts=place.opts(depends_on=[closed]),  # S3 refuses two changes of one bucket's access at a time
    )
    return Bucket(bucket.bucket, (encryption, closed, policy))


def _encrypted(place: Place[Any], bucket: aws.s3.Bucket) -> aws.s3.BucketServerSideEncryptionConfiguration:
    key = place.spec.key
    by_default: aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = (
        {"sse_algorithm": "aws:kms", "kms_master_key_id": key} if key else {"sse_algorithm": "AES256"}
    )
    return aws.s3.BucketServerSideEncryptionConfiguration(
        place.child("bucket-encryption"),
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": bool(key)}],
        opts=place.opts(),
    )


def _expiring(place: Place[Any], bucket: aws.s3.Bucket) -> None:
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "expire",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": OBJECT_DAYS},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    aws.s3.BucketLifecycleConfiguration(
        place.child("bucket-lifecycle"), bucket=bucket.bucket, rules=[rule], opts=place.opts()
    )


def only_encrypted_transport(arn: pulumi.Input[str]) -> dict[str, object]:
    """The policy of a bucket that is read and written over TLS alone."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyEncryptedTransport",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, pulumi.Output.concat(arn, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
