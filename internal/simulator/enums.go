package simulator

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

// enumValue is a member of an enumeration on the wire.
type enumValue struct {
	ID   int64 `json:"Id"`
	Name string
}

// enums is GET /utils/enums. It is assumed that it needs a signed-in user and no
// role.
func (s *Server) enums(_ *user, r *http.Request) response {
	if r.URL.Query().Get("name") != "eWebhookAction" {
		return noRoute // nothing is known of other names
	}
	names := make(map[int64]string, len(actions)+len(s.Actions))
	for i, name := range actions {
		names[int64(i+1)] = name
	}
	maps.Copy(names, s.Actions)
	var values []enumValue
	for id, name := range names {
		values = append(values, enumValue{id, name})
	}
	slices.SortFunc(values, func(a, b enumValue) int { return cmp.Compare(a.ID, b.ID) })
	return response{http.StatusOK, values}
}

// actions are the documented names of eWebhookAction, from 1 on, in the
// service's spelling.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks.
var actions = [...]string{
	"None", "CoworkerUpdate", "CoworkerCreate", "BlogPostCreate", "BlogPostUpdate", "BookingCreate", "BookingUpdate",
	"BookingDelete", "SendWelcomeEmail", "CoworkerContractActivate", "CoworkerContractCancel",
	"CoworkerContractRenew", "CoworkerContractUpgradeDowngrade", "CoworkerContractActivateFirst",
	"CoworkerInvoiceCreateFirst", "CoworkerInvoiceCreate", "CoworkerInvoiceDelete", "CoworkerInvoiceUpdate",
	"CoworkerInvoiceRefund", "CoworkerInvoiceCreditNote", "CoworkerInvoicePaid", "CoworkerInvoiceFailedPayment",
	"CoworkerInvoiceReceivedPayment", "CoworkerInvoiceAwaitingPayment", "CalendarEventCreate", "CalendarEventUpdate",
	"CalendarEventAttendeeDelete", "CalendarEventAttendeeCreate", "CalendarEventAttendeeUpdate",
	"GlobalChatMessageCreate", "NewsLetterSubscriberCreate", "NewsLetterSubscriberSubscribed",
	"NewsLetterSubscriberUnSubscribed", "NewsLetterSubscriberRemovedFromGroup", "CoworkerCheckout",
	"CoworkerCheckin", "CoworkerCheckinFailed", "VisitorNotification", "CommunityBoardNewThread",
	"CommunityBoardNewReply", "VisitorCheckedin", "VisitorRegistered", "BlogPostDelete", "CalendarEventDelete",
	"HelDeskMessageCreated", "HelpDeskCommentCreated", "CheckinCreated", "CheckinUpdated", "CheckinDeleted",
	"CoworkerDelete", "CoworkerMessageCreate", "DeliveryCreated", "DeliveryAssigned", "ProposalCreated",
	"ProposalUpdated", "ProposalDeleted", "TeamCreated", "TeamUpdated", "TeamDeleted", "CoworkerContractUpdate",
	"AccessControlUpdate", "CoworkerContractCreate", "FailedCheckin", "VisitorDeleted",
	"CoworkerInvoiceLedgerEntryCreate", "CoworkerInvoiceLedgerEntryDelete", "CoworkerInvoiceLedgerEntryUpdate",
	"CoworkerProductCreate", "CoworkerProductUpdate", "CoworkerProductDelete", "FloorPlanDeskCreate",
	"FloorPlanDeskDelete", "FloorPlanDeskUpdate", "TariffCreate", "TariffDelete", "TariffUpdate",
	"CoworkerContractDelete", "FloorPlanCreate", "FloorPlanDelete", "FloorPlanUpdate", "ProductCreate",
	"ProductDelete", "ProductUpdate", "BusinessUpdate", "CommunityGroupCreate", "CommunityGroupDelete",
	"CommunityGroupUpdate", "CoworkerPaymentMethodCreate", "CoworkerPaymentMethodDelete",
	"CoworkerPaymentMethodUpdate",
}
