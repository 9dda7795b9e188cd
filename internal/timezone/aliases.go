package timezone

var aliases = [...][2]string{}
