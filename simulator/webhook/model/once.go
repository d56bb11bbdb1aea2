package model

import "time"

// Answer is what a delivery was answered.
type Answer struct {
	Status int
	Body   []byte
}

type answer struct {
	Answer
	at time.Time
}

// Once runs do for a delivery that was not seen before and keeps its answer where that is a success; a repeat gets the same answer
// and does nothing. Without an id everything is new. known says that it was a repeat.
func (w *World) Once(id string, do func() Answer) (a Answer, known bool) {
	if had, ok := w.answers[id]; ok && w.Now().Sub(had.at) <= w.o.Remember {
		return had.Answer, true
	}
	a = do()
	if id != "" && a.Status/100 == 2 {
		w.answers[id] = answer{a, w.Now()}
	}
	return a, false
}
