//go:build tools

// Package tools pins Gitea, the forge of the tests: the import keeps its requirements in go.mod.
package tools

import _ "code.gitea.io/gitea"
