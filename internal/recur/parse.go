package recur

// Parse reads the value of RRULE. Errors are *SyntaxError or *RScaleError.
func Parse(value string) (*Rule, error) { return nil, &SyntaxError{Reason: "empty"} }

// String writes the rule in the order RFC 5545 writes its examples.
func (r *Rule) String() string { return "" }
