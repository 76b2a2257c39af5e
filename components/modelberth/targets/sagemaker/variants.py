"""What an endpoint serves: a model for each variant, and the configuration that names them.

Both are immutable: a change makes new ones, and which of the previous stay is the endpoint's business
(`modelberth_platform.targets.sagemaker.kept`).
"""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from modelberth.targets.aws.images import Images
from modelberth.targets.aws.role import Role
from modelberth.targets.sagemaker.place import SageMakerPlace
from modelberth.targets.sagemaker.storage import Storage
from modelberth_platform.spec import ManagedEndpointSpec
from modelberth_platform.spec.parts import Shadow
from modelberth_platform.targets.sagemaker.instances import InstanceType
from modelberth_platform.targets.sagemaker.limits import BODY_MB
from modelberth_platform.targets.sagemaker.resources import SageMakerReleases


def weights(place: SageMakerPlace) -> dict[str, float]:
    """The share of the requests of each production variant; the main one answers what the others leave."""
    weights_of_variants = {name: variant.weight for name, variant in place.spec.variants.items()}
    return {"main": round(1 - sum(weights_of_variants.values()), 6), **weights_of_variants}


def platform_of(spec: ManagedEndpointSpec, variant: str) -> str:
    """The platform of the instances that a variant runs on; serverless endpoints run x86."""
    instances = spec.instances_of(variant)
    return spec.platform or (InstanceType(instances).platform if instances else "linux/amd64")


def declare_config(
    place: SageMakerPlace, releases: SageMakerReleases, images: Images, storage: Storage, role: Role
) -> aws.sagemaker.EndpointConfiguration:
    """Declare the models and the configuration."""
    models = {variant: _model(place, variant, images, role, releases) for variant in images.of}
    spec, production = place.spec, [_production(place, variant, models[variant]) for variant in place.variants]
    return aws.sagemaker.EndpointConfiguration(
        place.child("config"),
        production_variants=production,
        shadow_production_variants=[_shadow(place, spec.shadow, models["shadow"])] if spec.shadow else None,
        async_inference_config=_asynchronous(place, storage),
        data_capture_config=_capture(place, storage),
        kms_key_arn=_disk_key(place),
        tags=place.release_tags("main", images.release),
        opts=place.opts(
            # The endpoint decides which of the replaced ones go, and when.
            retain_on_delete=True,
            # Autoscaling owns the number of instances once the endpoint is there; a configuration names the first.
            ignore_changes=[f"productionVariants[{index}].initialInstanceCount" for index in range(len(production))]
            if spec.instances
            else None,
            depends_on=list(storage.needs),  # what is captured from the first request on needs its bucket closed
        ),
    )


def _model(
    place: SageMakerPlace, variant: str, images: Images, role: Role, releases: SageMakerReleases
) -> aws.sagemaker.Model:
    network, image = place.spec.network, images.of[variant]
    return aws.sagemaker.Model(
        place.child("model", variant),
        execution_role_arn=role.arn,
        primary_container=aws.sagemaker.ModelPrimaryContainerArgs(image=image.uri, environment=_environment(place)),
        enable_network_isolation=bool(network and network.isolated),
        vpc_config=_network(place),
        tags=place.release_tags(variant, image.release),
        # The endpoint decides which of the replaced ones go. SageMaker tries whether the role can pull the image.
        opts=place.opts(retain_on_delete=True, depends_on=[releases, *role.needs]),
    )


def _network(place: SageMakerPlace) -> aws.sagemaker.ModelVpcConfigArgs | None:
    network = place.spec.network
    if network is None or not network.subnets or not network.security_groups:
        return None
    return aws.sagemaker.ModelVpcConfigArgs(subnets=network.subnets, security_group_ids=network.security_groups)


def _environment(place: SageMakerPlace) -> dict[str, pulumi.Input[str]]:
    spec, api = place.spec, place.declaration.api
    return {
        **spec.env,
        **({"MODELBERTH_API": api} if api else {}),
        **({"MODELBERTH_TIMEOUT_SECONDS": f"{spec.timeout_seconds:g}"} if spec.timeout_seconds else {}),
        **({"MODELBERTH_SECRETS": pulumi.Output.json_dumps(spec.secrets, sort_keys=True)} if spec.secrets else {}),
        **_body_limit(place),
    }


def _body_limit(place: SageMakerPlace) -> dict[str, str]:
    """The runtime refuses what SageMaker would have cut off: more on asynchronous endpoints than on others."""
    if "MODELBERTH_MAX_BODY_MB" in place.spec.env or place.spec.kind == "real-time":
        return {}
    return {"MODELBERTH_MAX_BODY_MB": str(BODY_MB[place.spec.kind])}


def _production(
    place: SageMakerPlace, variant: str, model: aws.sagemaker.Model
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    spec, weight = place.spec, weights(place)[variant]
    if spec.kind != "serverless":
        return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
            variant_name=variant, model_name=model.name, initial_variant_weight=weight, **_instances(place, variant)
        )
    sizes = spec.effective_serverless
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        variant_name=variant,
        model_name=model.name,
        initial_variant_weight=weight,
        serverless_config=aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
            memory_size_in_mb=sizes.memory_mb,
            max_concurrency=sizes.max_concurrency,
            provisioned_concurrency=sizes.provisioned_concurrency,
        ),
    )


def _shadow(
    place: SageMakerPlace, shadow: Shadow, model: aws.sagemaker.Model
) -> aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs:
    """Its weight against the production variant's is the share of the requests that it gets a copy of
    (https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html)."""
    return aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs(
        variant_name="shadow",
        model_name=model.name,
        initial_variant_weight=shadow.percent / 100,
        **_instances(place, "shadow"),
    )


class _Instances(TypedDict):
    """What the arguments of production variants and of a shadow have in common."""

    instance_type: str | None
    initial_instance_count: int
    volume_size_in_gb: int | None
    container_startup_health_check_timeout_in_seconds: int | None


def _instances(place: SageMakerPlace, variant: str) -> _Instances:
    spec = place.spec
    return {
        "instance_type": spec.instances_of(variant),
        "initial_instance_count": max(spec.scaling.min, 1),
        "volume_size_in_gb": spec.volume_gb,
        "container_startup_health_check_timeout_in_seconds": spec.start_timeout_seconds,
    }


def _asynchronous(
    place: SageMakerPlace, storage: Storage
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs | None:
    queue = place.spec.asynchronous
    if queue is None or storage.output is None:
        return None
    topics = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigNotificationConfigArgs(
        success_topic=queue.success_topic, error_topic=queue.error_topic
    )
    output = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigArgs(
        s3_output_path=storage.output,
        s3_failure_path=storage.failure,
        kms_key_id=place.spec.key,
        notification_config=topics if queue.success_topic or queue.error_topic else None,
    )
    client = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigClientConfigArgs(
        max_concurrent_invocations_per_instance=queue.max_concurrency
    )
    return aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
        output_config=output, client_config=client if queue.max_concurrency else None
    )


def _capture(
    place: SageMakerPlace, storage: Storage
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs | None:
    capture = place.spec.capture
    if capture is None or storage.capture is None:
        return None
    return aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
        enable_capture=True,
        initial_sampling_percentage=int(capture.percent),
        destination_s3_uri=storage.capture,
        kms_key_id=place.spec.key,
        capture_options=[
            aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
            for mode in ("Input", "Output")
        ],
        capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
            json_content_types=["application/json"]
        ),
    )


def _disk_key(place: SageMakerPlace) -> pulumi.Input[str] | None:
    """A disk of an instance's own is encrypted by its hardware, and SageMaker takes no key where any variant has one
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html)."""
    own_disk = any(InstanceType(name).own_disk for name in place.spec.instance_types)
    return None if own_disk else place.spec.key
