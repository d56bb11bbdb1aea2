package v1

// KeyRotation tells of the keys that seal the credentials, and of what was sealed anew.
type KeyRotation struct {
	Key     int64          `json:"key" doc:"id of the key in the keyset file that seals"`
	Keys    int            `json:"keys" doc:"how many the file holds; older ones open what they sealed"`
	Sealed  int            `json:"sealed" doc:"secrets that were sealed anew"`
	Already int            `json:"already" doc:"secrets that this key had sealed before"`
	Refused []SealedSecret `json:"refused" nullable:"false" doc:"secrets that no key of the file opens: they have to be given again"`
}

// SealedSecret names a secret.
type SealedSecret struct {
	Owner string `json:"owner" doc:"a project's id, or server"`
	Name  string `json:"name" example:"token"`
}
