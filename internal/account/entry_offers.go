package account

// The actions on what the concept starts from.
const (
	OfferAdded         Action = "offer.added"
	OfferChanged       Action = "offer.changed"
	OfferRemoved       Action = "offer.removed"
	OfferMerged        Action = "offer.merged"
	OfferTaken         Action = "offer.taken"
	OfferDeclined      Action = "offer.declined"
	OfferAsked         Action = "offer.asked"
	OfferConfirmed     Action = "offer.confirmed"
	OffersImported     Action = "offers.imported"
	DirectoryChanged   Action = "offers.directory"
	MeasureAdded       Action = "measure.added"
	MeasureChanged     Action = "measure.changed"
	MeasureRemoved     Action = "measure.removed"
	StakeholderAdded   Action = "stakeholder.added"
	StakeholderChanged Action = "stakeholder.changed"
	StakeholderRemoved Action = "stakeholder.removed"
	DocumentAdded      Action = "document.added"
	DocumentChanged    Action = "document.changed"
	DocumentRemoved    Action = "document.removed"
	TiesImported       Action = "ties.imported"
	TieAdded           Action = "tie.added"
	TieChanged         Action = "tie.changed"
	TieRemoved         Action = "tie.removed"
)

func offerActions() []Action {
	return []Action{OfferAdded, OfferChanged, OfferRemoved, OfferMerged, OfferTaken, OfferDeclined, OfferAsked, OfferConfirmed,
		OffersImported, DirectoryChanged, MeasureAdded, MeasureChanged, MeasureRemoved, StakeholderAdded, StakeholderChanged, StakeholderRemoved,
		DocumentAdded, DocumentChanged, DocumentRemoved, TiesImported, TieAdded, TieChanged, TieRemoved}
}
