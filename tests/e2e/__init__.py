"""The whole of Tenure on real parts: real server process, real Pulumi, real OpenStack, real SSH."""
