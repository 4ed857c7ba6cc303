package nexudus

import "slices"

// Action is an eWebhookAction: the event that fires a webhook.
type Action int64

// Name returns the action's name, and false for a code that this table lacks.
// Nexudus keeps adding actions.
func (a Action) Name() (name string, known bool) {
	if a < 1 || int64(a) > int64(len(actionNames)) {
		return "", false
	}
	return actionNames[a-1], true
}

// ActionByName returns the action that has exactly this name, and false when
// this table has none.
func ActionByName(name string) (action Action, known bool) {
	i := slices.Index(actionNames[:], name)
	return Action(i + 1), i >= 0
}

// ActionNames lists the names of all known actions. The first has the code 1,
// each next one the next code.
func ActionNames() []string { return slices.Clone(actionNames[:]) }

// actionNames is the enumeration as documented, misspelling of 45 included.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
var actionNames = [...]string{
	"None",                                 // 1
	"CoworkerUpdate",                       // 2
	"CoworkerCreate",                       // 3
	"BlogPostCreate",                       // 4
	"BlogPostUpdate",                       // 5
	"BookingCreate",                        // 6
	"BookingUpdate",                        // 7
	"BookingDelete",                        // 8
	"SendWelcomeEmail",                     // 9
	"CoworkerContractActivate",             // 10
	"CoworkerContractCancel",               // 11
	"CoworkerContractRenew",                // 12
	"CoworkerContractUpgradeDowngrade",     // 13
	"CoworkerContractActivateFirst",        // 14
	"CoworkerInvoiceCreateFirst",           // 15
	"CoworkerInvoiceCreate",                // 16
	"CoworkerInvoiceDelete",                // 17
	"CoworkerInvoiceUpdate",                // 18
	"CoworkerInvoiceRefund",                // 19
	"CoworkerInvoiceCreditNote",            // 20
	"CoworkerInvoicePaid",                  // 21
	"CoworkerInvoiceFailedPayment",         // 22
	"CoworkerInvoiceReceivedPayment",       // 23
	"CoworkerInvoiceAwaitingPayment",       // 24
	"CalendarEventCreate",                  // 25
	"CalendarEventUpdate",                  // 26
	"CalendarEventAttendeeDelete",          // 27
	"CalendarEventAttendeeCreate",          // 28
	"CalendarEventAttendeeUpdate",          // 29
	"GlobalChatMessageCreate",              // 30
	"NewsLetterSubscriberCreate",           // 31
	"NewsLetterSubscriberSubscribed",       // 32
	"NewsLetterSubscriberUnSubscribed",     // 33
	"NewsLetterSubscriberRemovedFromGroup", // 34
	"CoworkerCheckout",                     // 35
	"CoworkerCheckin",                      // 36
	"CoworkerCheckinFailed",                // 37
	"VisitorNotification",                  // 38
	"CommunityBoardNewThread",              // 39
	"CommunityBoardNewReply",               // 40
	"VisitorCheckedin",                     // 41
	"VisitorRegistered",                    // 42
	"BlogPostDelete",                       // 43
	"CalendarEventDelete",                  // 44
	"HelDeskMessageCreated",                // 45
	"HelpDeskCommentCreated",               // 46
	"CheckinCreated",                       // 47
	"CheckinUpdated",                       // 48
	"CheckinDeleted",                       // 49
	"CoworkerDelete",                       // 50
	"CoworkerMessageCreate",                // 51
	"DeliveryCreated",                      // 52
	"DeliveryAssigned",                     // 53
	"ProposalCreated",                      // 54
	"ProposalUpdated",                      // 55
	"ProposalDeleted",                      // 56
	"TeamCreated",                          // 57
	"TeamUpdated",                          // 58
	"TeamDeleted",                          // 59
	"CoworkerContractUpdate",               // 60
	"AccessControlUpdate",                  // 61
	"CoworkerContractCreate",               // 62
	"FailedCheckin",                        // 63
	"VisitorDeleted",                       // 64
	"CoworkerInvoiceLedgerEntryCreate",     // 65
	"CoworkerInvoiceLedgerEntryDelete",     // 66
	"CoworkerInvoiceLedgerEntryUpdate",     // 67
	"CoworkerProductCreate",                // 68
	"CoworkerProductUpdate",                // 69
	"CoworkerProductDelete",                // 70
	"FloorPlanDeskCreate",                  // 71
	"FloorPlanDeskDelete",                  // 72
	"FloorPlanDeskUpdate",                  // 73
	"TariffCreate",                         // 74
	"TariffDelete",                         // 75
	"TariffUpdate",                         // 76
	"CoworkerContractDelete",               // 77
	"FloorPlanCreate",                      // 78
	"FloorPlanDelete",                      // 79
	"FloorPlanUpdate",                      // 80
	"ProductCreate",                        // 81
	"ProductDelete",                        // 82
	"ProductUpdate",                        // 83
	"BusinessUpdate",                       // 84
	"CommunityGroupCreate",                 // 85
	"CommunityGroupDelete",                 // 86
	"CommunityGroupUpdate",                 // 87
	"CoworkerPaymentMethodCreate",          // 88
	"CoworkerPaymentMethodDelete",          // 89
	"CoworkerPaymentMethodUpdate",          // 90
}
