// Command extsync is External Sync: the service, and the command line that steers it.
// `extsync help` lists what it does.
package main

import (
	"os"

	"github.com/extsync/extsync/starter"
)

func main() { os.Exit(starter.Main(os.Args[1:])) }
