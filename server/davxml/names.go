package davxml

import "encoding/xml"

// The namespaces.
const (
	DAV       = "DAV:"
	CalDAV    = "urn:ietf:params:xml:ns:caldav"  // RFC 4791
	CardDAV   = "urn:ietf:params:xml:ns:carddav" // RFC 6352
	CS        = "http://calendarserver.org/ns/"
	AppleICal = "http://apple.com/ns/ical/"
	Me        = "http://me.com/_namespace/"
	Convoke   = "urn:convoke:dav" // what no standard has a word for
)

// RFC 4918 §14, the elements of requests and answers.
var (
	ActiveLock          = xml.Name{Space: DAV, Local: "activelock"}
	AllProp             = xml.Name{Space: DAV, Local: "allprop"}
	Collection          = xml.Name{Space: DAV, Local: "collection"}
	Depth               = xml.Name{Space: DAV, Local: "depth"}
	Error               = xml.Name{Space: DAV, Local: "error"}
	Exclusive           = xml.Name{Space: DAV, Local: "exclusive"}
	Href                = xml.Name{Space: DAV, Local: "href"}
	Include             = xml.Name{Space: DAV, Local: "include"}
	Location            = xml.Name{Space: DAV, Local: "location"}
	LockEntry           = xml.Name{Space: DAV, Local: "lockentry"}
	LockInfo            = xml.Name{Space: DAV, Local: "lockinfo"}
	LockRoot            = xml.Name{Space: DAV, Local: "lockroot"}
	LockScope           = xml.Name{Space: DAV, Local: "lockscope"}
	LockToken           = xml.Name{Space: DAV, Local: "locktoken"}
	LockType            = xml.Name{Space: DAV, Local: "locktype"}
	Multistatus         = xml.Name{Space: DAV, Local: "multistatus"}
	Owner               = xml.Name{Space: DAV, Local: "owner"}
	Prop                = xml.Name{Space: DAV, Local: "prop"}
	PropertyUpdate      = xml.Name{Space: DAV, Local: "propertyupdate"}
	PropFind            = xml.Name{Space: DAV, Local: "propfind"}
	PropName            = xml.Name{Space: DAV, Local: "propname"}
	PropStat            = xml.Name{Space: DAV, Local: "propstat"}
	Remove              = xml.Name{Space: DAV, Local: "remove"}
	Response            = xml.Name{Space: DAV, Local: "response"}
	ResponseDescription = xml.Name{Space: DAV, Local: "responsedescription"}
	Set                 = xml.Name{Space: DAV, Local: "set"}
	Shared              = xml.Name{Space: DAV, Local: "shared"}
	Status              = xml.Name{Space: DAV, Local: "status"}
	Timeout             = xml.Name{Space: DAV, Local: "timeout"}
	WriteLock           = xml.Name{Space: DAV, Local: "write"}
)

// RFC 4918 §15, live properties.
var (
	CreationDate       = xml.Name{Space: DAV, Local: "creationdate"}
	DisplayName        = xml.Name{Space: DAV, Local: "displayname"}
	GetContentLanguage = xml.Name{Space: DAV, Local: "getcontentlanguage"}
	GetContentLength   = xml.Name{Space: DAV, Local: "getcontentlength"}
	GetContentType     = xml.Name{Space: DAV, Local: "getcontenttype"}
	GetETag            = xml.Name{Space: DAV, Local: "getetag"}
	GetLastModified    = xml.Name{Space: DAV, Local: "getlastmodified"}
	LockDiscovery      = xml.Name{Space: DAV, Local: "lockdiscovery"}
	ResourceType       = xml.Name{Space: DAV, Local: "resourcetype"}
	SupportedLock      = xml.Name{Space: DAV, Local: "supportedlock"}
)

// RFC 4918 §16, conditions.
var (
	CannotModifyProtectedProperty = xml.Name{Space: DAV, Local: "cannot-modify-protected-property"}
	LockTokenMatchesRequestURI    = xml.Name{Space: DAV, Local: "lock-token-matches-request-uri"}
	LockTokenSubmitted            = xml.Name{Space: DAV, Local: "lock-token-submitted"}
	NoConflictingLock             = xml.Name{Space: DAV, Local: "no-conflicting-lock"}
	NoExternalEntities            = xml.Name{Space: DAV, Local: "no-external-entities"}
	PreservedLiveProperties       = xml.Name{Space: DAV, Local: "preserved-live-properties"}
	PropFindFiniteDepth           = xml.Name{Space: DAV, Local: "propfind-finite-depth"}
)

// RFC 3253 §3, reports.
var (
	ExpandProperty     = xml.Name{Space: DAV, Local: "expand-property"}
	Name               = xml.Name{Space: DAV, Local: "name"}
	Property           = xml.Name{Space: DAV, Local: "property"}
	Report             = xml.Name{Space: DAV, Local: "report"}
	SupportedReport    = xml.Name{Space: DAV, Local: "supported-report"}
	SupportedReportSet = xml.Name{Space: DAV, Local: "supported-report-set"}
	ResourceMustBeNull = xml.Name{Space: DAV, Local: "resource-must-be-null"}
	VersionTree        = xml.Name{Space: DAV, Local: "version-tree"}
)

// RFC 3744, principals and access.
var (
	ACE                           = xml.Name{Space: DAV, Local: "ace"}
	ACL                           = xml.Name{Space: DAV, Local: "acl"}
	ACLPrincipalPropSet           = xml.Name{Space: DAV, Local: "acl-principal-prop-set"}
	ACLRestrictions               = xml.Name{Space: DAV, Local: "acl-restrictions"}
	Abstract                      = xml.Name{Space: DAV, Local: "abstract"}
	All                           = xml.Name{Space: DAV, Local: "all"}
	AllowedPrincipal              = xml.Name{Space: DAV, Local: "allowed-principal"}
	AlternateURISet               = xml.Name{Space: DAV, Local: "alternate-URI-set"}
	ApplyToPrincipalCollectionSet = xml.Name{Space: DAV, Local: "apply-to-principal-collection-set"}
	Authenticated                 = xml.Name{Space: DAV, Local: "authenticated"}
	Bind                          = xml.Name{Space: DAV, Local: "bind"}
	CurrentUserPrivilegeSet       = xml.Name{Space: DAV, Local: "current-user-privilege-set"}
	Deny                          = xml.Name{Space: DAV, Local: "deny"}
	DenyBeforeGrant               = xml.Name{Space: DAV, Local: "deny-before-grant"}
	Description                   = xml.Name{Space: DAV, Local: "description"}
	Grant                         = xml.Name{Space: DAV, Local: "grant"}
	GrantOnly                     = xml.Name{Space: DAV, Local: "grant-only"}
	Group                         = xml.Name{Space: DAV, Local: "group"}
	GroupMemberSet                = xml.Name{Space: DAV, Local: "group-member-set"}
	GroupMembership               = xml.Name{Space: DAV, Local: "group-membership"}
	Inherited                     = xml.Name{Space: DAV, Local: "inherited"}
	InheritedACLSet               = xml.Name{Space: DAV, Local: "inherited-acl-set"}
	Invert                        = xml.Name{Space: DAV, Local: "invert"}
	LimitedNumberOfACEs           = xml.Name{Space: DAV, Local: "limited-number-of-aces"}
	Match                         = xml.Name{Space: DAV, Local: "match"}
	MissingRequiredPrincipal      = xml.Name{Space: DAV, Local: "missing-required-principal"}
	NeedPrivileges                = xml.Name{Space: DAV, Local: "need-privileges"}
	NoACEConflict                 = xml.Name{Space: DAV, Local: "no-ace-conflict"}
	NoAbstract                    = xml.Name{Space: DAV, Local: "no-abstract"}
	NoInheritedACEConflict        = xml.Name{Space: DAV, Local: "no-inherited-ace-conflict"}
	NoInvert                      = xml.Name{Space: DAV, Local: "no-invert"}
	NoProtectedACEConflict        = xml.Name{Space: DAV, Local: "no-protected-ace-conflict"}
	NotSupportedPrivilege         = xml.Name{Space: DAV, Local: "not-supported-privilege"}
	NumberOfMatchesWithinLimits   = xml.Name{Space: DAV, Local: "number-of-matches-within-limits"}
	Principal                     = xml.Name{Space: DAV, Local: "principal"}
	PrincipalCollectionSet        = xml.Name{Space: DAV, Local: "principal-collection-set"}
	PrincipalMatch                = xml.Name{Space: DAV, Local: "principal-match"}
	PrincipalProperty             = xml.Name{Space: DAV, Local: "principal-property"}
	PrincipalPropertySearch       = xml.Name{Space: DAV, Local: "principal-property-search"}
	PrincipalSearchProperty       = xml.Name{Space: DAV, Local: "principal-search-property"}
	PrincipalSearchPropertySet    = xml.Name{Space: DAV, Local: "principal-search-property-set"}
	PrincipalURL                  = xml.Name{Space: DAV, Local: "principal-URL"}
	Privilege                     = xml.Name{Space: DAV, Local: "privilege"}
	PropertySearch                = xml.Name{Space: DAV, Local: "property-search"}
	Protected                     = xml.Name{Space: DAV, Local: "protected"}
	Read                          = xml.Name{Space: DAV, Local: "read"}
	ReadACL                       = xml.Name{Space: DAV, Local: "read-acl"}
	ReadCurrentUserPrivilegeSet   = xml.Name{Space: DAV, Local: "read-current-user-privilege-set"}
	RecognizedPrincipal           = xml.Name{Space: DAV, Local: "recognized-principal"}
	RequiredPrincipal             = xml.Name{Space: DAV, Local: "required-principal"}
	Resource                      = xml.Name{Space: DAV, Local: "resource"}
	Self                          = xml.Name{Space: DAV, Local: "self"}
	SupportedPrivilege            = xml.Name{Space: DAV, Local: "supported-privilege"}
	SupportedPrivilegeSet         = xml.Name{Space: DAV, Local: "supported-privilege-set"}
	Unauthenticated               = xml.Name{Space: DAV, Local: "unauthenticated"}
	Unbind                        = xml.Name{Space: DAV, Local: "unbind"}
	Unlock                        = xml.Name{Space: DAV, Local: "unlock"}
	Write                         = xml.Name{Space: DAV, Local: "write"}
	WriteACL                      = xml.Name{Space: DAV, Local: "write-acl"}
	WriteContent                  = xml.Name{Space: DAV, Local: "write-content"}
	WriteProperties               = xml.Name{Space: DAV, Local: "write-properties"}
)

// RFC 5397, RFC 5689, RFC 5995, RFC 6578, RFC 4331, RFC 8144 and RFC 5842.
var (
	AddMember              = xml.Name{Space: DAV, Local: "add-member"}
	CurrentUserPrincipal   = xml.Name{Space: DAV, Local: "current-user-principal"}
	Limit                  = xml.Name{Space: DAV, Local: "limit"}
	MkCol                  = xml.Name{Space: DAV, Local: "mkcol"}
	MkColResponse          = xml.Name{Space: DAV, Local: "mkcol-response"}
	NResults               = xml.Name{Space: DAV, Local: "nresults"}
	QuotaAvailableBytes    = xml.Name{Space: DAV, Local: "quota-available-bytes"}
	QuotaNotExceeded       = xml.Name{Space: DAV, Local: "quota-not-exceeded"}
	QuotaUsedBytes         = xml.Name{Space: DAV, Local: "quota-used-bytes"}
	ResourceID             = xml.Name{Space: DAV, Local: "resource-id"}
	SufficientDiskSpace    = xml.Name{Space: DAV, Local: "sufficient-disk-space"}
	SupportedMethodSet     = xml.Name{Space: DAV, Local: "supported-method-set"}
	SyncCollection         = xml.Name{Space: DAV, Local: "sync-collection"}
	SyncLevel              = xml.Name{Space: DAV, Local: "sync-level"}
	SyncToken              = xml.Name{Space: DAV, Local: "sync-token"}
	SyncTraversalSupported = xml.Name{Space: DAV, Local: "sync-traversal-supported"}
	ValidResourceType      = xml.Name{Space: DAV, Local: "valid-resourcetype"}
	ValidSyncToken         = xml.Name{Space: DAV, Local: "valid-sync-token"}
)

// RFC 4791, elements, properties and reports.
var (
	AllComp                       = xml.Name{Space: CalDAV, Local: "allcomp"}
	AllCalendarProp               = xml.Name{Space: CalDAV, Local: "allprop"}
	Calendar                      = xml.Name{Space: CalDAV, Local: "calendar"}
	CalendarData                  = xml.Name{Space: CalDAV, Local: "calendar-data"}
	CalendarDescription           = xml.Name{Space: CalDAV, Local: "calendar-description"}
	CalendarHomeSet               = xml.Name{Space: CalDAV, Local: "calendar-home-set"}
	CalendarMultiget              = xml.Name{Space: CalDAV, Local: "calendar-multiget"}
	CalendarQuery                 = xml.Name{Space: CalDAV, Local: "calendar-query"}
	CalendarTimezone              = xml.Name{Space: CalDAV, Local: "calendar-timezone"}
	Comp                          = xml.Name{Space: CalDAV, Local: "comp"}
	CompFilter                    = xml.Name{Space: CalDAV, Local: "comp-filter"}
	Expand                        = xml.Name{Space: CalDAV, Local: "expand"}
	Filter                        = xml.Name{Space: CalDAV, Local: "filter"}
	FreeBusyQuery                 = xml.Name{Space: CalDAV, Local: "free-busy-query"}
	IsNotDefined                  = xml.Name{Space: CalDAV, Local: "is-not-defined"}
	LimitFreeBusySet              = xml.Name{Space: CalDAV, Local: "limit-freebusy-set"}
	LimitRecurrenceSet            = xml.Name{Space: CalDAV, Local: "limit-recurrence-set"}
	MaxAttendeesPerInstance       = xml.Name{Space: CalDAV, Local: "max-attendees-per-instance"}
	MaxDateTime                   = xml.Name{Space: CalDAV, Local: "max-date-time"}
	MaxInstances                  = xml.Name{Space: CalDAV, Local: "max-instances"}
	MaxResourceSize               = xml.Name{Space: CalDAV, Local: "max-resource-size"}
	MinDateTime                   = xml.Name{Space: CalDAV, Local: "min-date-time"}
	MkCalendar                    = xml.Name{Space: CalDAV, Local: "mkcalendar"}
	MkCalendarResponse            = xml.Name{Space: CalDAV, Local: "mkcalendar-response"}
	ParamFilter                   = xml.Name{Space: CalDAV, Local: "param-filter"}
	PropFilter                    = xml.Name{Space: CalDAV, Local: "prop-filter"}
	CalendarProp                  = xml.Name{Space: CalDAV, Local: "prop"}
	ReadFreeBusy                  = xml.Name{Space: CalDAV, Local: "read-free-busy"}
	SupportedCalendarComponentSet = xml.Name{Space: CalDAV, Local: "supported-calendar-component-set"}
	SupportedCalendarData         = xml.Name{Space: CalDAV, Local: "supported-calendar-data"}
	SupportedCollation            = xml.Name{Space: CalDAV, Local: "supported-collation"}
	SupportedCollationSet         = xml.Name{Space: CalDAV, Local: "supported-collation-set"}
	TextMatch                     = xml.Name{Space: CalDAV, Local: "text-match"}
	TimeRange                     = xml.Name{Space: CalDAV, Local: "time-range"}
	Timezone                      = xml.Name{Space: CalDAV, Local: "timezone"}
	TimezoneID                    = xml.Name{Space: CalDAV, Local: "timezone-id"}
)

// RFC 4791, conditions.
var (
	CalendarCollectionLocationOK = xml.Name{Space: CalDAV, Local: "calendar-collection-location-ok"}
	InitializeCalendarCollection = xml.Name{Space: CalDAV, Local: "initialize-calendar-collection"}
	NoUIDConflict                = xml.Name{Space: CalDAV, Local: "no-uid-conflict"}
	SupportedCalendarComponent   = xml.Name{Space: CalDAV, Local: "supported-calendar-component"}
	SupportedFilter              = xml.Name{Space: CalDAV, Local: "supported-filter"}
	ValidCalendarData            = xml.Name{Space: CalDAV, Local: "valid-calendar-data"}
	ValidCalendarObjectResource  = xml.Name{Space: CalDAV, Local: "valid-calendar-object-resource"}
	ValidFilter                  = xml.Name{Space: CalDAV, Local: "valid-filter"}
)

// RFC 6638, scheduling.
var (
	AllowedAttendeeObjectChange     = xml.Name{Space: CalDAV, Local: "allowed-attendee-scheduling-object-change"}
	AllowedOrganizerObjectChange    = xml.Name{Space: CalDAV, Local: "allowed-organizer-scheduling-object-change"}
	AttendeeAllowed                 = xml.Name{Space: CalDAV, Local: "attendee-allowed"}
	CalendarFreeBusySet             = xml.Name{Space: CalDAV, Local: "calendar-free-busy-set"}
	CalendarUserAddressSet          = xml.Name{Space: CalDAV, Local: "calendar-user-address-set"}
	CalendarUserType                = xml.Name{Space: CalDAV, Local: "calendar-user-type"}
	DefaultCalendarNeeded           = xml.Name{Space: CalDAV, Local: "default-calendar-needed"}
	MaxRecipients                   = xml.Name{Space: CalDAV, Local: "max-recipients"}
	Opaque                          = xml.Name{Space: CalDAV, Local: "opaque"}
	OrganizerAllowed                = xml.Name{Space: CalDAV, Local: "organizer-allowed"}
	Recipient                       = xml.Name{Space: CalDAV, Local: "recipient"}
	RequestStatus                   = xml.Name{Space: CalDAV, Local: "request-status"}
	SameOrganizerInAllComponents    = xml.Name{Space: CalDAV, Local: "same-organizer-in-all-components"}
	ScheduleCalendarTransp          = xml.Name{Space: CalDAV, Local: "schedule-calendar-transp"}
	ScheduleDefaultCalendarURL      = xml.Name{Space: CalDAV, Local: "schedule-default-calendar-URL"}
	ScheduleDeliver                 = xml.Name{Space: CalDAV, Local: "schedule-deliver"}
	ScheduleDeliverInvite           = xml.Name{Space: CalDAV, Local: "schedule-deliver-invite"}
	ScheduleDeliverReply            = xml.Name{Space: CalDAV, Local: "schedule-deliver-reply"}
	ScheduleInbox                   = xml.Name{Space: CalDAV, Local: "schedule-inbox"}
	ScheduleInboxURL                = xml.Name{Space: CalDAV, Local: "schedule-inbox-URL"}
	ScheduleOutbox                  = xml.Name{Space: CalDAV, Local: "schedule-outbox"}
	ScheduleOutboxURL               = xml.Name{Space: CalDAV, Local: "schedule-outbox-URL"}
	ScheduleQueryFreeBusy           = xml.Name{Space: CalDAV, Local: "schedule-query-freebusy"}
	ScheduleResponse                = xml.Name{Space: CalDAV, Local: "schedule-response"}
	ScheduleResponseItem            = xml.Name{Space: CalDAV, Local: "response"}
	ScheduleSend                    = xml.Name{Space: CalDAV, Local: "schedule-send"}
	ScheduleSendFreeBusy            = xml.Name{Space: CalDAV, Local: "schedule-send-freebusy"}
	ScheduleSendInvite              = xml.Name{Space: CalDAV, Local: "schedule-send-invite"}
	ScheduleSendReply               = xml.Name{Space: CalDAV, Local: "schedule-send-reply"}
	ScheduleTag                     = xml.Name{Space: CalDAV, Local: "schedule-tag"}
	Transparent                     = xml.Name{Space: CalDAV, Local: "transparent"}
	UniqueSchedulingObject          = xml.Name{Space: CalDAV, Local: "unique-scheduling-object-resource"}
	ValidOrganizer                  = xml.Name{Space: CalDAV, Local: "valid-organizer"}
	ValidScheduleDefaultCalendarURL = xml.Name{Space: CalDAV, Local: "valid-schedule-default-calendar-URL"}
	ValidSchedulingMessage          = xml.Name{Space: CalDAV, Local: "valid-scheduling-message"}
)

// RFC 7809, RFC 7529, RFC 7953 and RFC 8607.
var (
	AttachmentData              = xml.Name{Space: CalDAV, Local: "attachment-data"}
	CalendarAvailability        = xml.Name{Space: CalDAV, Local: "calendar-availability"}
	CalendarTimezoneID          = xml.Name{Space: CalDAV, Local: "calendar-timezone-id"}
	ManagedAttachmentsServerURL = xml.Name{Space: CalDAV, Local: "managed-attachments-server-URL"}
	MaxAttachmentsPerResource   = xml.Name{Space: CalDAV, Local: "max-attachments-per-resource"}
	MaxAttachmentSize           = xml.Name{Space: CalDAV, Local: "max-attachment-size"}
	SupportedRScale             = xml.Name{Space: CalDAV, Local: "supported-rscale"}
	SupportedRScaleSet          = xml.Name{Space: CalDAV, Local: "supported-rscale-set"}
	TimezoneServiceSet          = xml.Name{Space: CalDAV, Local: "timezone-service-set"}
	ValidTimezone               = xml.Name{Space: CalDAV, Local: "valid-timezone"}
)

// RFC 6352, CardDAV.
var (
	AddressBook                     = xml.Name{Space: CardDAV, Local: "addressbook"}
	AddressBookCollectionLocationOK = xml.Name{Space: CardDAV, Local: "addressbook-collection-location-ok"}
	AddressBookDescription          = xml.Name{Space: CardDAV, Local: "addressbook-description"}
	AddressBookHomeSet              = xml.Name{Space: CardDAV, Local: "addressbook-home-set"}
	AddressBookMultiget             = xml.Name{Space: CardDAV, Local: "addressbook-multiget"}
	AddressBookQuery                = xml.Name{Space: CardDAV, Local: "addressbook-query"}
	AddressData                     = xml.Name{Space: CardDAV, Local: "address-data"}
	AddressDataType                 = xml.Name{Space: CardDAV, Local: "address-data-type"}
	CardAllProp                     = xml.Name{Space: CardDAV, Local: "allprop"}
	CardFilter                      = xml.Name{Space: CardDAV, Local: "filter"}
	CardIsNotDefined                = xml.Name{Space: CardDAV, Local: "is-not-defined"}
	CardLimit                       = xml.Name{Space: CardDAV, Local: "limit"}
	CardMaxResourceSize             = xml.Name{Space: CardDAV, Local: "max-resource-size"}
	CardNResults                    = xml.Name{Space: CardDAV, Local: "nresults"}
	CardNoUIDConflict               = xml.Name{Space: CardDAV, Local: "no-uid-conflict"}
	CardParamFilter                 = xml.Name{Space: CardDAV, Local: "param-filter"}
	CardProp                        = xml.Name{Space: CardDAV, Local: "prop"}
	CardPropFilter                  = xml.Name{Space: CardDAV, Local: "prop-filter"}
	CardSupportedCollation          = xml.Name{Space: CardDAV, Local: "supported-collation"}
	CardSupportedCollationSet       = xml.Name{Space: CardDAV, Local: "supported-collation-set"}
	CardSupportedFilter             = xml.Name{Space: CardDAV, Local: "supported-filter"}
	CardTextMatch                   = xml.Name{Space: CardDAV, Local: "text-match"}
	CardValidFilter                 = xml.Name{Space: CardDAV, Local: "valid-filter"}
	Directory                       = xml.Name{Space: CardDAV, Local: "directory"}
	PrincipalAddress                = xml.Name{Space: CardDAV, Local: "principal-address"}
	SupportedAddressData            = xml.Name{Space: CardDAV, Local: "supported-address-data"}
	SupportedAddressDataConversion  = xml.Name{Space: CardDAV, Local: "supported-address-data-conversion"}
	ValidAddressData                = xml.Name{Space: CardDAV, Local: "valid-address-data"}
)

// http://calendarserver.org/ns/.
var (
	AllowedSharingModes           = xml.Name{Space: CS, Local: "allowed-sharing-modes"}
	CalendarProxyRead             = xml.Name{Space: CS, Local: "calendar-proxy-read"}
	CalendarProxyReadFor          = xml.Name{Space: CS, Local: "calendar-proxy-read-for"}
	CalendarProxyWrite            = xml.Name{Space: CS, Local: "calendar-proxy-write"}
	CalendarProxyWriteFor         = xml.Name{Space: CS, Local: "calendar-proxy-write-for"}
	CSCalendarAvailability        = xml.Name{Space: CS, Local: "calendar-availability"}
	CalendarServerPrincipalSearch = xml.Name{Space: CS, Local: "calendarserver-principal-search"}
	EmailAddressSet               = xml.Name{Space: CS, Local: "email-address-set"}
	FirstName                     = xml.Name{Space: CS, Local: "first-name"}
	GetCTag                       = xml.Name{Space: CS, Local: "getctag"}
	LastName                      = xml.Name{Space: CS, Local: "last-name"}
	MeCard                        = xml.Name{Space: CS, Local: "me-card"}
	NotificationType              = xml.Name{Space: CS, Local: "notificationtype"}
	NotificationURL               = xml.Name{Space: CS, Local: "notification-URL"}
	PublishURL                    = xml.Name{Space: CS, Local: "publish-url"}
	PushKey                       = xml.Name{Space: CS, Local: "pushkey"}
	PushTransports                = xml.Name{Space: CS, Local: "push-transports"}
	RecordType                    = xml.Name{Space: CS, Local: "record-type"}
	Source                        = xml.Name{Space: CS, Local: "source"}
)

// caldav-sharing §5, §6 and caldav-notifications §4, in http://calendarserver.org/ns/.
var (
	CanBeShared        = xml.Name{Space: CS, Local: "can-be-shared"}
	CommonName         = xml.Name{Space: CS, Local: "common-name"}
	CSAccess           = xml.Name{Space: CS, Local: "access"}
	CSOrganizer        = xml.Name{Space: CS, Local: "organizer"}
	CSRead             = xml.Name{Space: CS, Local: "read"}
	CSReadWrite        = xml.Name{Space: CS, Local: "read-write"}
	CSRemove           = xml.Name{Space: CS, Local: "remove"}
	CSSet              = xml.Name{Space: CS, Local: "set"}
	CSShare            = xml.Name{Space: CS, Local: "share"}
	CSShared           = xml.Name{Space: CS, Local: "shared"}
	DTStamp            = xml.Name{Space: CS, Local: "dtstamp"}
	HostURL            = xml.Name{Space: CS, Local: "hosturl"}
	InReplyTo          = xml.Name{Space: CS, Local: "in-reply-to"}
	Invite             = xml.Name{Space: CS, Local: "invite"}
	InviteAccepted     = xml.Name{Space: CS, Local: "invite-accepted"}
	InviteDeclined     = xml.Name{Space: CS, Local: "invite-declined"}
	InviteDeleted      = xml.Name{Space: CS, Local: "invite-deleted"}
	InviteNoResponse   = xml.Name{Space: CS, Local: "invite-noresponse"}
	InviteNotification = xml.Name{Space: CS, Local: "invite-notification"}
	InviteReply        = xml.Name{Space: CS, Local: "invite-reply"}
	InviteUID          = xml.Name{Space: CS, Local: "uid"}
	Notification       = xml.Name{Space: CS, Local: "notification"}
	Notifications      = xml.Name{Space: CS, Local: "notifications"}
	SharedAs           = xml.Name{Space: CS, Local: "shared-as"}
	SharedOwner        = xml.Name{Space: CS, Local: "shared-owner"}
	SharedURL          = xml.Name{Space: CS, Local: "shared-url"}
	Summary            = xml.Name{Space: CS, Local: "summary"}
	User               = xml.Name{Space: CS, Local: "user"}
)

// Convoke's own.
var (
	ShareLevel = xml.Name{Space: Convoke, Local: "level"} // docs/sharing.md
)

// http://apple.com/ns/ical/.
var (
	CalendarColor = xml.Name{Space: AppleICal, Local: "calendar-color"}
	CalendarOrder = xml.Name{Space: AppleICal, Local: "calendar-order"}
)

// http://me.com/_namespace/.
var (
	BulkRequests = xml.Name{Space: Me, Local: "bulk-requests"}
)
