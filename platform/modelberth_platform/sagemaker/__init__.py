"""Where states of version 0.1.0 look for the SageMaker target, which is in `targets/sagemaker` now."""
