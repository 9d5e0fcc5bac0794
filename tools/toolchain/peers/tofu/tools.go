//go:build tools

// Package tools pins the OpenTofu CLI, which the bench measures against: the import keeps its requirements in go.mod.
package tools

import _ "github.com/opentofu/opentofu/cmd/tofu"
