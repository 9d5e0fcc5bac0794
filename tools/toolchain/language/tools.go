//go:build tools

// Package tools pins Pulumi's Python language host: the import keeps its requirements in go.mod.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
