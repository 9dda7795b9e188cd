package dav

var genericProps = Props[Resource]{}
