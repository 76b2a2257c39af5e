"""The target `aws_lambda`: a function on AWS Lambda behind API Gateway or its own URL."""
