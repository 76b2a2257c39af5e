"""What all targets on AWS stand on: sessions, errors in words, repositories, logs, quotas, formats of texts."""
