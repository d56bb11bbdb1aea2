package plan

// Make plans one link. Steps come in the order of in.Rules.
func Make(in Input) Plan {
	if whole, is := existence(in); is {
		return whole
	}
	p := Plan{Steps: in.meetWhole()}
	for _, r := range in.Rules {
		if !r.OnCreate {
			newField(in, r).plan(&p)
		}
	}
	p.SendAlone(in)
	if len(p.Steps) == 0 {
		p.Steps = []Step{{Action: Nothing, Reason: "both sides are as they were last agreed"}}
	}
	return p
}
