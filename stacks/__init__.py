"""Pulumi programs: functions of one validated EnvironmentSpec."""
