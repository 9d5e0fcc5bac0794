"""Tests on real parts: Pulumi, OpenStack, Ansible, S3, SMTP."""
