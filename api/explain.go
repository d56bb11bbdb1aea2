package api

import (
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// whatHappened tells whoever decides a conflict how it came about.
func whatHappened(c store.Conflict) string {
	switch c.Kind {
	case store.BothEdited:
		return "The field was edited here and outside, differently, since both sides last agreed. It rests until somebody decides, or both agree."
	case store.Overwritten:
		return "Somebody edited the field outside right before a write of ours arrived, which replaced that edit. The lost value is kept here as the external one; the field flows on."
	case store.Unmappable:
		return whatCannotBeTold(c)
	case store.RefusedOutside:
		return "The external system refuses the local value, each time it is sent. The field rests; another local value is tried at once."
	case store.LossyWrite:
		return "The external system kept something else than what was written. It is not written again; the field flows on, and this closes when both sides are alike."
	case store.Undone:
		return whatWasUndone(c)
	case store.EditedAndDeleted:
		if plan.ShowsDeleted(c.Local) {
			return "The item was deleted here and edited outside since. Neither is followed until somebody decides."
		}
		return "The item was deleted outside and edited here since. Neither is followed until somebody decides."
	case store.GoneOutside:
		if plan.ShowsDeleted(c.Local) {
			return "The item was deleted here. The external one stays as it is until somebody decides."
		}
		return "The external item does not exist any more, or was moved away. The local one stays as it is until somebody decides."
	case store.TwinCreated:
		return "The ticket and an item outside look like one, made on both sides, or made again outside after it was deleted there. Neither is made on the other side until somebody decides."
	}
	return "Both sides disagree."
}

func whatWasUndone(c store.Conflict) string {
	if c.Field == "" {
		return "A rollback would have taken the item back that its session had made, but somebody has worked on it since; the reason says how. It stays and goes on. Whoever wants it gone deletes the ticket."
	}
	if c.Kept {
		return "A rollback would have restored another value, but somebody edited the field since. That edit stays and the field flows on; the other value is kept here, as the external one, for whoever wants it back."
	}
	return "A rollback restored an earlier value; the reason says on which side. The field rests, so that the next session does not redo what was undone."
}

func whatCannotBeTold(c store.Conflict) string {
	switch c.Untold {
	case plan.UntoldHere:
		return "The external system, or the mapping, has no word for the local value. The field rests, and goes on by itself once there is one or the value is another."
	case plan.UntoldOutside:
		return "The mapping has no word for what stands outside. The field rests, and goes on by itself once there is one or the value there is another."
	}
	return "The item cannot be made on the other side without this field, which that side cannot hold. Change the value or the mapping, and it is tried again."
}

// choicesOf lists what can be decided on an open conflict, each with what would come of it.
func choicesOf(c store.Conflict, goes map[store.Choice]engine.Reach) []v1.Choice {
	out := []v1.Choice{}
	for _, choice := range c.Choices() {
		out = append(out, v1.Choice{Choice: string(choice), Effect: effectOf(c, choice, goes[choice])})
	}
	return out
}

// where says where the value stands that is decided on.
func where(goes engine.Reach) string {
	switch goes {
	case engine.ReachOnly:
		return "here alone: by its privacy nothing of it leaves"
	case engine.ReachHere:
		return "here: nothing of it is written in this project"
	case engine.ReachPart:
		return "on both sides, outside " + withoutPassages
	}
	return "on both sides"
}

const withoutPassages = "without the passages that a rule of the project keeps here"

func effectOf(c store.Conflict, choice store.Choice, goes engine.Reach) string {
	if c.Field == "" {
		return effectOnItem(c, choice)
	}
	switch both := goes == engine.ReachBoth || goes == engine.ReachPart; {
	case choice == store.ChooseValue && both:
		return "both sides get the value that you give" + unlessPassages(goes, ", outside ")
	case choice == store.ChooseValue:
		return "the value that you give stands " + where(goes)
	case c.Kind == store.Overwritten && choice == store.ChooseLocal:
		return "nothing changes; the lost value stays in the record"
	case c.Kind == store.Overwritten:
		return "the lost value comes back, " + where(goes)
	case c.Kept && choice == store.ChooseLocal:
		return "nothing changes; the value that is kept stays in the record"
	case c.Kept:
		return "the value that is kept comes back, " + where(goes)
	case c.Kind == store.LossyWrite && choice == store.ChooseLocal:
		return "nothing changes: the two sides may differ in this"
	case choice == store.ChooseLocal && !both:
		return "the local value stays, " + where(goes)
	case c.Kind == store.RefusedOutside && choice == store.ChooseLocal:
		return "the local value is sent once more; worth it when the external system has learned better"
	case choice == store.ChooseLocal:
		return "outside gets the local value" + unlessPassages(goes, " ")
	case goes == engine.ReachPart:
		return "the external value comes in, in place of the local one: the passages that a rule of the project keeps here are not in it"
	}
	return "the external value comes in, in place of the local one"
}

// unlessPassages says after a link in a sentence that passages of a text stay here, where they do.
func unlessPassages(goes engine.Reach, link string) string {
	if goes == engine.ReachPart {
		return link + withoutPassages
	}
	return ""
}

func effectOnItem(c store.Conflict, choice store.Choice) string {
	goneHere := plan.ShowsDeleted(c.Local)
	switch choice {
	case store.ChooseLocal:
		switch {
		case c.Kind == store.Undone:
			return "both stay, and go on being synchronised"
		case goneHere:
			return "what is outside goes, too: it is deleted, or closed where the system deletes nothing"
		}
		return "what is here stays, and is made outside once more"
	case store.ChooseExternal:
		if goneHere {
			return "what was deleted here comes back, as it is outside"
		}
		return "what is here is deleted, too; it can be restored"
	case store.ChooseUnlink:
		return "both stay as they are, and are not synchronised any more"
	case store.ChooseLink:
		return "the two are one ticket from now on; what only one of them holds goes to the other, and what differs is asked about field by field"
	case store.ChooseSeparate:
		if plan.ShowsRecalled(c.Local) {
			return "the two are different tickets: the item outside comes in as one of its own, and what becomes of the ticket whose item is gone is asked next"
		}
		return "the two are different tickets: each is made on the other side, too, and the question does not come again"
	}
	return ""
}
