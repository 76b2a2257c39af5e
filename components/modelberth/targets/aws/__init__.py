"""What all targets on AWS declare in the same way: names and tags, roles, images, logs, alarms, callers, scaling."""
