"""What the project brings to build its parts and to try them: toolchain and local cloud."""
