//go:build unix && !linux

package devstack

import "syscall"

// childAttributes puts a child in a process group of its own, under the given
// user. Outside Linux no kernel ends it when we are killed: the next start on
// the same directory does (see endOrphan).
func childAttributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as}
}
