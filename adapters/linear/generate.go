package linear

//go:generate genqlient
