// Package storetest is the suite that every [store.Store] passes: [Run]. Role by role
// it says each sentence of the contract as a test whose name is the reason it
// matters, then lets many goroutines at once do what the engine relies on.
package storetest
