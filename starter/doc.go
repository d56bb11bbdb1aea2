// Package starter is the command line. [Main] runs one command and returns its exit
// code; [New] makes the tree of commands over an [Env], which is all that a command
// sees of its surroundings.
//
// `worker` and `api` are halves of the service; the other commands talk to the API
// over HTTP, so that they work from another machine too.
package starter
