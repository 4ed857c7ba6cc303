package nexudus

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/rest"
)

// Action is an eWebhookAction: the event that fires a webhook.
type Action int64

// Name returns the action's name, or false for a code that is not in this table.
// Nexudus keeps adding actions; see [Client.ActionName].
func (a Action) Name() (name string, known bool) {
	if a < 1 || int64(a) > int64(len(actionNames)) {
		return "", false
	}
	return actionNames[a-1], true
}

// ActionByName returns the action with exactly this name, and false if this
// table has none.
func ActionByName(name string) (action Action, known bool) {
	i := slices.Index(actionNames, name)
	return Action(i + 1), i >= 0
}

// ActionNames lists the names of all known actions. The first has the code 1,
// and the codes are consecutive.
func ActionNames() []string { return slices.Clone(actionNames) }

// actionNames is the documented enumeration, from 1 on. HelDeskMessageCreated is
// the service's own spelling.
// See https://developers.nexudus.com/rest-api/sys/get-webhooks-by-id.
var actionNames = strings.Fields(`
	None CoworkerUpdate CoworkerCreate BlogPostCreate BlogPostUpdate BookingCreate BookingUpdate BookingDelete SendWelcomeEmail
	CoworkerContractActivate CoworkerContractCancel CoworkerContractRenew CoworkerContractUpgradeDowngrade
	CoworkerContractActivateFirst CoworkerInvoiceCreateFirst CoworkerInvoiceCreate CoworkerInvoiceDelete CoworkerInvoiceUpdate
	CoworkerInvoiceRefund CoworkerInvoiceCreditNote CoworkerInvoicePaid CoworkerInvoiceFailedPayment CoworkerInvoiceReceivedPayment
	CoworkerInvoiceAwaitingPayment CalendarEventCreate CalendarEventUpdate CalendarEventAttendeeDelete CalendarEventAttendeeCreate
	CalendarEventAttendeeUpdate GlobalChatMessageCreate NewsLetterSubscriberCreate NewsLetterSubscriberSubscribed
	NewsLetterSubscriberUnSubscribed NewsLetterSubscriberRemovedFromGroup CoworkerCheckout CoworkerCheckin CoworkerCheckinFailed
	VisitorNotification CommunityBoardNewThread CommunityBoardNewReply VisitorCheckedin VisitorRegistered BlogPostDelete
	CalendarEventDelete HelDeskMessageCreated HelpDeskCommentCreated CheckinCreated CheckinUpdated CheckinDeleted CoworkerDelete
	CoworkerMessageCreate DeliveryCreated DeliveryAssigned ProposalCreated ProposalUpdated ProposalDeleted TeamCreated TeamUpdated
	TeamDeleted CoworkerContractUpdate AccessControlUpdate CoworkerContractCreate FailedCheckin VisitorDeleted
	CoworkerInvoiceLedgerEntryCreate CoworkerInvoiceLedgerEntryDelete CoworkerInvoiceLedgerEntryUpdate CoworkerProductCreate
	CoworkerProductUpdate CoworkerProductDelete FloorPlanDeskCreate FloorPlanDeskDelete FloorPlanDeskUpdate TariffCreate
	TariffDelete TariffUpdate CoworkerContractDelete FloorPlanCreate FloorPlanDelete FloorPlanUpdate ProductCreate ProductDelete
	ProductUpdate BusinessUpdate CommunityGroupCreate CommunityGroupDelete CommunityGroupUpdate CoworkerPaymentMethodCreate
	CoworkerPaymentMethodDelete CoworkerPaymentMethodUpdate
`)

// ActionName returns the action's name. For a code that this package does not
// know it asks the service, once for each client; if that fails, or the service
// does not know the code either, it returns false.
func (c *Client) ActionName(ctx context.Context, a Action) (name string, known bool) {
	if name, known = a.Name(); known {
		return name, true
	}
	names := c.actionsOfService(ctx)
	name, known = names[a]
	return name, known
}

// actionsOfService returns the service's list of actions, which is empty if it cannot
// be read. Public client code uses this address, and the API's older reference
// documents it.
func (c *Client) actionsOfService(ctx context.Context) map[Action]string {
	names, _, _ := c.actions.Do("", func() (any, error) {
		if names := c.actionNames.Load(); names != nil {
			return *names, nil
		}
		resp, err := c.rest.Get(ctx, &rest.Request{
			Verb: rest.VerbList, Record: "webhook action", Method: http.MethodGet,
			Path: "utils/enums", Query: url.Values{"name": {"eWebhookAction"}},
		})
		var actions []struct {
			ID   Action `json:"Id"`
			Name string
		}
		if err == nil {
			_ = json.Unmarshal(resp.Body, &actions) // anything but a list has no names
		}
		names := make(map[Action]string, len(actions))
		for _, action := range actions {
			if action.Name != "" && action.Name == c.Sanitize(action.Name) {
				names[action.ID] = action.Name
			}
		}
		if ctx.Err() == nil {
			c.actionNames.Store(&names)
		}
		return names, nil
	})
	actions, _ := names.(map[Action]string)
	return actions
}
