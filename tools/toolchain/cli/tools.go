//go:build tools

// Package tools pins the Pulumi CLI: the import keeps its requirements in go.mod.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
