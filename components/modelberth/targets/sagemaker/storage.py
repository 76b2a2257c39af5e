"""Where an endpoint records: a bucket for captures and asynchronous answers, a log that does not grow for ever."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from modelberth.targets.sagemaker.place import Place

LOG_DAYS = 365
CAPTURE_DAYS = 365


@dataclass(frozen=True)
class Storage:
    """Prefixes in S3, `s3://BUCKET/PREFIX` each; None where nothing is written.

    Attributes:
        capture: of recorded requests and answers.
        output: of asynchronous answers; requests are read from `requests/` below it.
        failure: of asynchronous errors.
        needs: what must be there before the endpoint.
    """

    capture: pulumi.Input[str] | None = None
    output: pulumi.Input[str] | None = None
    failure: pulumi.Input[str] | None = None
    needs: tuple[pulumi.Resource, ...] = ()

    @property
    def written(self) -> list[pulumi.Input[str]]:
        """The prefixes that the role writes to."""
        return [prefix for prefix in (self.capture, self.output, self.failure) if prefix is not None]


def declare_storage(place: Place) -> Storage:
    """The prefixes that are asked for, below a bucket of the endpoint's own where none is given."""
    spec = place.spec
    asynchronous, capture = spec.asynchronous, spec.capture
    wanted = {
        "capture": (capture is not None, capture.destination if capture else None),
        "output": (asynchronous is not None, asynchronous.output if asynchronous else None),
        "failure": (asynchronous is not None, asynchronous.failure if asynchronous else None),
    }
    homeless = any(asked and given is None for asked, given in wanted.values())
    bucket, needs = _bucket(place) if homeless else ("", ())

    def prefix(kind: str) -> pulumi.Input[str] | None:
        asked, given = wanted[kind]
        if not asked or given is not None:
            return given
        return pulumi.Output.concat("s3://", bucket, f"/{place.endpoint_name}/{kind}")

    return Storage(prefix("capture"), prefix("output"), prefix("failure"), needs)


def declare_logs(place: Place) -> pulumi.Resource:
    """The log group, made before SageMaker would make one that keeps everything for ever."""
    group: pulumi.Resource = aws.cloudwatch.LogGroup(
        place.child("logs"),
        name=place.log_group,
        retention_in_days=LOG_DAYS,
        kms_key_id=place.spec.key,
        tags=place.tags(),
        opts=place.opts(),
    )
    return group


def _bucket(place: Place) -> tuple[pulumi.Input[str], tuple[pulumi.Resource, ...]]:
    """The given bucket, or a private, encrypted one, which a destroy does not delete while there is data in it."""
    if place.spec.bucket is not None:
        return place.spec.bucket, ()
    bucket = aws.s3.Bucket(place.child("bucket"), tags=place.tags(), opts=place.opts())
    key = place.spec.key
    by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key} if key else {"sse_algorithm": "AES256"}
    encryption = aws.s3.BucketServerSideEncryptionConfiguration(
        place.child("bucket-encryption"),
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": bool(key)}],
        opts=place.opts(),
    )
    closed = aws.s3.BucketPublicAccessBlock(
        place.child("bucket-access"),
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=place.opts(),
    )
    aws.s3.BucketLifecycleConfiguration(
        place.child("bucket-lifecycle"),
        bucket=bucket.bucket,
        rules=[
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": CAPTURE_DAYS},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            }
        ],
        opts=place.opts(),
    )
    policy = aws.s3.BucketPolicy(
        place.child("bucket-policy"),
        bucket=bucket.bucket,
        policy=pulumi.Output.json_dumps(only_encrypted_transport(bucket.arn)),
        opts=place.opts(depends_on=[closed]),  # S3 refuses two changes of one bucket's access at a time
    )
    return bucket.bucket, (encryption, closed, policy)


def only_encrypted_transport(arn: pulumi.Input[str]) -> dict[str, object]:
    """A bucket's policy: nobody reads or writes it but over TLS."""
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
