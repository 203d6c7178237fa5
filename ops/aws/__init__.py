"""The AWS account: clients, the answers of AWS, and its errors in one line."""
