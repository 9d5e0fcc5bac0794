//go:build tools

// Package tools pins the Terraform provider that OpenTofu runs in the bench: the import keeps its requirements in go.mod.
package tools

import _ "github.com/terraform-provider-openstack/terraform-provider-openstack/v3"
