"""The `aws_lambda` target: an endpoint as a Lambda function, behind API Gateway or a function URL of its own."""
