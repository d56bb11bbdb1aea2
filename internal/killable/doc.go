// Package killable runs the product's worker and API in processes of their own, so that
// tests on the real stack can kill, pause and double them. A test binary that uses it
// calls [Main] first in its TestMain: started by [Start], the binary plays the process
// instead of its tests.
//
// Such processes differ from production's in their times alone. Temporal notices a dead
// worker in seconds, retries come at once, and the engine's clock may run fast
// ([FastClock]): what waits for a vendor's lag of a minute waits for seconds.
package killable
