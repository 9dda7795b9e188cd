//go:build race

package main

// racing tells that the race detector is on, which makes everything some ten times
// slower: what is only many of the same is then done less often.
const racing = true
