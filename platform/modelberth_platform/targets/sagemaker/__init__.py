"""A SageMaker endpoint's life: created, updated with the provider's blind spots closed, and what it leaves behind."""
