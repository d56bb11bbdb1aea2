package stage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// PostOptions tell how a vendor delivers webhooks.
type PostOptions[D Parcel] struct {
	Now      func() time.Time
	LogSize  int           // webhooks kept in the log
	Patience time.Duration // waited for an answer; 0: as long as the context allows
	Sent     func()        // called after every attempt, to count it
	// Retry says after which wait a webhook is tried again, false for never. It is asked whenever one left the queue; nil: no
	// vendor's retries, what is refused or lost stays so until Redeliver.
	Retry func(d D, so Receipt) (time.Duration, bool)
}

// Post queues webhooks, delivers them and keeps the latest in a log, lost ones too. Its methods are safe for concurrent use, and
// call the functions of its options without a lock.
type Post[D Parcel] struct {
	o     PostOptions[D]
	wake  chan struct{}
	mu    sync.Mutex
	log   Log[D]
	queue []D
}

// NewPost makes an empty one.
func NewPost[D Parcel](o PostOptions[D]) *Post[D] {
	return &Post[D]{o: o, wake: make(chan struct{}, 1), log: NewLog[D](o.LogSize)}
}

// Put logs a webhook and queues it, unless it is lost. When it is early and a call is being answered that caused it, it is not
// queued: Put says true, and the caller gives it to SendNow before the answer.
func (p *Post[D]) Put(d D, caused bool) (early bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := d.receipt()
	r.Queued = p.o.Now()
	r.due = r.Queued
	p.log.Add(d)
	early = r.Fault == WebhookEarly && caused
	if r.Fault != WebhookLost && !early {
		p.queue = append(p.queue, d)
	}
	if len(p.queue) > 0 {
		select {
		case p.wake <- struct{}{}:
		default: // already awake
		}
	}
	return early
}

// Deliver sends what is queued and due by the clock, in order, and returns how many requests it made. The error is the context's.
func (p *Post[D]) Deliver(ctx context.Context, client *http.Client) (int, error) {
	sent := 0
	for _, d := range p.take() {
		if ctx.Err() != nil {
			p.requeue(d)
			continue
		}
		sent += p.send(ctx, client, d)
	}
	return sent, ctx.Err()
}

// take takes what is due; what is late goes back into the queue once, and then comes last.
func (p *Post[D]) take() []D {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	var ready, delayed, back []D
	for _, d := range p.queue {
		r := d.receipt()
		switch {
		case r.due.After(now):
			back = append(back, d)
		case r.Fault == WebhookLate && !r.delayed:
			r.delayed = true
			back = append(back, d)
		case r.delayed && r.Attempts == 0:
			delayed = append(delayed, d)
		default:
			ready = append(ready, d)
		}
	}
	p.queue = back
	return append(ready, delayed...)
}

func (p *Post[D]) requeue(d D) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, d)
}

// Loop sends webhooks as they come due until the context ends, whose error it returns. It blocks.
func (p *Post[D]) Loop(ctx context.Context, client *http.Client) error {
	for {
		if _, err := p.Deliver(ctx, client); err != nil {
			return err
		}
		p.rest(ctx)
	}
}

// rest waits for the next webhook, for the next retry, or for the end of the context.
func (p *Post[D]) rest(ctx context.Context) {
	var retry <-chan time.Time
	if p.o.Retry != nil {
		timer := time.NewTimer(p.nextDue())
		defer timer.Stop()
		retry = timer.C
	}
	select {
	case <-p.wake:
	case <-retry:
	case <-ctx.Done():
	}
}

// nextDue is how long until something queued comes due, at most a minute: a virtual clock may run faster.
func (p *Post[D]) nextDue() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := time.Minute
	for _, d := range p.queue {
		wait = min(wait, d.receipt().due.Sub(p.o.Now()))
	}
	return max(wait, 10*time.Millisecond)
}

// Redeliver sends a webhook of the log again, with its old id. The error is the context's, or that there is none of the id.
func (p *Post[D]) Redeliver(ctx context.Context, client *http.Client, id string) error {
	p.mu.Lock()
	found := p.log.Where(func(d D) bool { return d.receipt().ID == id })
	p.mu.Unlock()
	if len(found) == 0 {
		return fmt.Errorf("redeliver webhook %s: no such delivery", id)
	}
	p.attempt(ctx, client, found[len(found)-1])
	return ctx.Err()
}

// Each hands the webhooks of the log on, oldest first, while none of them changes.
func (p *Post[D]) Each(f func(D)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.log.Latest() {
		f(d)
	}
}

// SendNow sends webhooks that Put found early.
func (p *Post[D]) SendNow(ctx context.Context, client *http.Client, early []D) {
	for _, d := range early {
		p.send(ctx, client, d)
	}
}

// send makes the next attempt, two at once of what is doubled, and plans the one after it.
func (p *Post[D]) send(ctx context.Context, client *http.Client, d D) int {
	times := 1
	if so := p.so(d); so.Fault == WebhookDoubled && so.Attempts == 0 {
		times = 2
	}
	for range times {
		p.attempt(ctx, client, d)
	}
	if p.o.Retry == nil {
		return times
	}
	if wait, again := p.o.Retry(d, p.so(d)); again {
		p.mu.Lock()
		defer p.mu.Unlock()
		d.receipt().due = p.o.Now().Add(wait)
		p.queue = append(p.queue, d)
	}
	return times
}

// so is how it stands with a webhook.
func (p *Post[D]) so(d D) Receipt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return *d.receipt()
}

// attempt posts one webhook and notes the answer. No lock is held: the receiver may call back at once.
func (p *Post[D]) attempt(ctx context.Context, client *http.Client, d D) {
	if p.o.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.o.Patience)
		defer cancel()
	}
	letter := d.Compose(p.so(d), p.o.Now())
	status := letter.post(ctx, client)
	p.mu.Lock()
	r := d.receipt()
	r.Attempts++
	r.Status, r.sent = status, letter.Body
	p.mu.Unlock()
	p.o.Sent()
}

// post sends the letter and returns the status, 0 for no answer.
func (l Letter) post(ctx context.Context, client *http.Client) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL, bytes.NewReader(l.Body))
	if err != nil {
		return 0
	}
	r.Header = l.Header
	resp, err := client.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
	_ = resp.Body.Close()
	return resp.StatusCode
}
