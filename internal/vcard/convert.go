package vcard
func (c *Card) Convert(to Version) ([]byte, error) { return nil, nil }
