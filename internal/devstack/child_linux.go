package devstack

import "syscall"

// childAttributes puts a child in a process group of its own, under the given
// user, and has the kernel end it when we die without having stopped it.
// SIGQUIT: Postgres takes it for an immediate shutdown of all its processes
// (it recovers at the next start), and a Go program such as Temporal ends by it.
func childAttributes(as *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as, Pdeathsig: syscall.SIGQUIT}
}
