package simtest

// accountHere exchanges the credential of a project for another account's, or for one that it had before, and
// has it tried. What the former ones made is ours as before.
func (w *world) accountHere() bool {
	p := w.peers[w.work.IntN(len(w.peers))]
	s, can := p.site.(*memorySite)
	if !can || p.off || p.paused {
		return false
	}
	name := [...]string{"extsync-bot", "another-bot", "a-third-bot"}[w.work.IntN(3)]
	if name == s.opts.Login {
		return false
	}
	s.formerly = append(s.formerly, s.opts.Login)
	s.opts.Login = name
	s.tracker.SpeakAs(name)
	if _, err := w.engine.Probe(w.ctx, p.id); err != nil {
		w.expect(err)
	}
	w.trace.add("here: account of", p.id, name)
	return true
}
