// Package linear is a Linear that runs in memory: the GraphQL interface around issues, served to real client libraries with Linear's
// behaviour where it bites. Lists come newest first and hide what is archived, identifiers change when an issue moves to another
// team, text read back is not the text written, a client's own id makes creating safe to repeat, limits answer 400, errors come
// beside data with status 200, deleted issues linger 30 days in the trash.
//
// Served is what schema.graphql holds ([Schema]): a part of Linear's own schema, name by name, from which clients can be generated.
// The endpoint is POST /graphql.
//
// On top of what Linear does by itself, faults can be switched on ([Sim.Faults]): replies lost after the write, requests lost
// before it, bursts of 5xx, half bodies, HTML pages, answers in part, webhooks lost, doubled, late or early. Outside people are
// played with [Sim.Act]. Every call is counted by the root fields it asks for ([Sim.Counters]) and kept in a bounded log
// ([Sim.Requests]). All of this is also an HTTP interface under /_sim/.
//
// Make one with [New], give it teams ([Sim.AddTeam]) and credentials ([Sim.AddToken]), reach it through [Sim.Transport] without
// sockets, or through [Sim.Serve] with them. A run is reproducible: time comes from Options.Now, chance and ids from Options.Seed.
//
// Where Linear's documentation is silent, our reading is written at the place it matters: the rules of rewritten Markdown at
// model.Canonical, the price of a query at its score, the HTTP status of refusals at Options.
package linear
