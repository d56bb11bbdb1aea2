package chaos

// Kind is a kind of fault.
type Kind string

// The kinds: of processes, of the network, of vendors, of webhooks, of people.
const (
	WorkerKilled    Kind = "worker killed"
	WorkerZombie    Kind = "worker paused beyond its heartbeat, then continued"
	TwoWorkers      Kind = "two workers at once"
	APIKilled       Kind = "API killed"
	PostgresKilled  Kind = "Postgres killed"
	BackendsEnded   Kind = "Postgres connections ended by the server"
	TemporalKilled  Kind = "Temporal killed"
	VendorCut       Kind = "network to a vendor cut"
	VendorSlow      Kind = "network to a vendor slow"
	PostgresCut     Kind = "network to Postgres cut"
	PostgresSlow    Kind = "network to Postgres slow"
	ClockSkewed     Kind = "vendor's clock is off"
	ReplyLost       Kind = "reply lost after the write"
	RequestLost     Kind = "request lost"
	ServerError     Kind = "server error"
	ErrorAfterWrite Kind = "server error after the write"
	Outage          Kind = "burst of server errors"
	ResetMidBody    Kind = "connection reset in the middle of the answer"
	HTMLPage        Kind = "page for people with 200"
	Limited         Kind = "refused for a limit"
	Throttled       Kind = "one project throttled"
	TokenRevoked    Kind = "token of one project revoked"
	Poisoned        Kind = "one ticket that always fails"
	HookLost        Kind = "webhook lost"
	HookDoubled     Kind = "webhook doubled"
	HookLate        Kind = "webhook late, out of order"
	HookEarly       Kind = "webhook before our own commit"
	HookForged      Kind = "webhook forged"
	HookUnknown     Kind = "webhook for an unknown project"
	Hidden          Kind = "ticket made private while it is synchronised"
	Paused          Kind = "project paused by a person"
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{
		WorkerKilled, WorkerZombie, TwoWorkers, APIKilled, PostgresKilled, BackendsEnded, TemporalKilled,
		VendorCut, VendorSlow, PostgresCut, PostgresSlow, ClockSkewed,
		ReplyLost, RequestLost, ServerError, ErrorAfterWrite, Outage, ResetMidBody, HTMLPage, Limited, Throttled, TokenRevoked, Poisoned,
		HookLost, HookDoubled, HookLate, HookEarly, HookForged, HookUnknown, Hidden, Paused,
	}
}
