"""The resource types of pulumi-aws for buckets."""

from __future__ import annotations

from aws_calls import AwsType, Call, Props, named_by, region, text_of


def _encryption(props: Props) -> Props:
    rules = [
        {
            "applyServerSideEncryptionByDefault": {
                {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}[name]: value
                for name, value in rule["applyServerSideEncryptionByDefault"].items()
            },
            "bucketKeyEnabled": rule["bucketKeyEnabled"],
        }
        for rule in props["rules"]
    ]
    return {"bucket": props["bucket"], "serverSideEncryptionConfiguration": {"rules": rules}}


def _block(props: Props) -> Props:
    return {
        "bucket": props["bucket"],
        "publicAccessBlockConfiguration": {key: value for key, value in props.items() if key != "bucket"},
    }


def _expiry(props: Props) -> Props:
    return {"bucket": props["bucket"], "lifecycleConfiguration": {"rules": props["rules"]}}


_BUCKET = named_by("Bucket", "bucket")


_OF_BUCKET = {"identity": _BUCKET, "id": text_of("bucket"), "forces": frozenset({"bucket"})}


TYPES: dict[str, AwsType] = {
    "aws:s3/bucket:Bucket": AwsType(
        "s3",
        (
            Call(
                "CreateBucket",
                ("bucket",),
                {},
                lambda props: {**props, "createBucketConfiguration": {"locationConstraint": region()}},
            ),
            Call(
                "PutBucketTagging",
                ("bucket", "tags"),
                {},
                lambda props: {"bucket": props["bucket"], "tagging": {"tagSet": props["tags"]}},
                when=("tags",),
            ),
        ),
        ("HeadBucket", ""),
        "DeleteBucket",
        _BUCKET,
        text_of("bucket"),
        named="bucket",
        forces=frozenset({"bucket"}),
        computed={"arn": "arn:aws:s3:::{bucket}"},
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": AwsType(
        "s3",
        (Call("PutBucketEncryption", ("bucket", "rules"), {}, _encryption),),
        ("GetBucketEncryption", ""),
        "DeleteBucketEncryption",
        update=(Call("PutBucketEncryption", ("bucket", "rules"), {}, _encryption),),
        **_OF_BUCKET,
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": AwsType(
        "s3",
        (
            Call(
                "PutPublicAccessBlock",
                ("bucket", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
                {},
                _block,
            ),
        ),
        ("GetPublicAccessBlock", ""),
        "DeletePublicAccessBlock",
        **_OF_BUCKET,
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": AwsType(
        "s3",
        (Call("PutBucketLifecycleConfiguration", ("bucket", "rules"), {}, _expiry),),
        ("GetBucketLifecycleConfiguration", ""),
        "DeleteBucketLifecycle",
        **_OF_BUCKET,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": AwsType(
        "s3",
        (Call("PutBucketPolicy", ("bucket", "policy")),),
        ("GetBucketPolicy", ""),
        "DeleteBucketPolicy",
        update=(Call("PutBucketPolicy", ("bucket", "policy")),),
        **_OF_BUCKET,
    ),
}
