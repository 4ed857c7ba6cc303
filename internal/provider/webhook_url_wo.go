package provider

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/nexudus-community/terraform-provider-nexudus/internal/nexudus"
)

// urlHashesKey is the private-state key of the hashes of a write-only address.
const urlHashesKey = "url_hashes"

// urlHashes tell whether a write-only address has changed, without storing it. There are two, because Nexudus may
// store another address than it was sent, for example one without spaces at its end.
type urlHashes struct {
	Salt   []byte `json:"salt"`
	Stored []byte `json:"stored"` // of the address that Nexudus has stored
	Sent   []byte `json:"sent"`   // of the address that was sent
}

// newURLHashes returns the hashes of an address that was sent. The webhook is nil, or lacks the
// address, if it could not be read back.
func newURLHashes(sent string, webhook *nexudus.Webhook) *urlHashes {
	h := &urlHashes{Salt: make([]byte, 16)}
	_, _ = rand.Read(h.Salt) // never fails
	h.Sent, h.Stored = h.hash(sent), h.hash(sent)
	if webhook != nil && webhook.URL != nil {
		h.Stored = h.hash(*webhook.URL)
	}
	return h
}

// hash ignores differences between Unicode normal forms, as Terraform does.
func (h urlHashes) hash(address string) []byte {
	mac := hmac.New(sha256.New, h.Salt)
	mac.Write(norm.NFC.Bytes([]byte(address)))
	return mac.Sum(nil)
}

// keep replaces the hashes in the private state. Nil removes them.
func (h *urlHashes) keep(ctx context.Context, private privateState) diag.Diagnostics {
	var encoded []byte
	if h != nil {
		encoded, _ = json.Marshal(h) // never fails
	}
	return private.SetKey(ctx, urlHashesKey, encoded)
}

// readURLHashes returns the hashes in the private state, or nil if there are none.
func readURLHashes(ctx context.Context, private privateState, diags *diag.Diagnostics) *urlHashes {
	raw, more := private.GetKey(ctx, urlHashesKey)
	diags.Append(more...)
	var h *urlHashes
	if json.Unmarshal(raw, &h) != nil {
		return nil
	}
	return h
}

// hideURL removes the address that was read, if it is a write-only one. If it is not the stored one either,
// somebody has changed it: the version becomes null, and the next plan sends the address again.
func (m *webhookResourceModel) hideURL(hashes *urlHashes) {
	if hashes == nil && m.URLWOVersion.IsNull() {
		return
	}
	if hashes == nil || !hmac.Equal(hashes.Stored, hashes.hash(m.URL.ValueString())) {
		m.URLWOVersion = types.NumberNull()
	}
	m.URL = types.StringNull()
}

// warnOfURL says why an update sends a write-only address again, or that it does not send a new one, because
// its version is the same.
func (m *webhookResourceModel) warnOfURL(state *webhookResourceModel, address types.String, hashes *urlHashes, diags *diag.Diagnostics) {
	switch {
	case hashes == nil || address.IsNull() || address.IsUnknown():
	case state.URLWOVersion.IsNull(): // see hideURL
		diags.AddAttributeWarning(path.Root("url_wo_version"), "Address was changed in Nexudus",
			"The address of the webhook is not the one that was stored last. Applying this plan sends the value of \"url_wo\" again, "+
				"which is why the version is shown as changed.")
	case m.URLWOVersion.Equal(state.URLWOVersion) && !hmac.Equal(hashes.Sent, hashes.hash(address.ValueString())):
		diags.AddAttributeWarning(path.Root("url_wo_version"), "Changed address is not sent",
			"The value of \"url_wo\" is not the one that was sent last, but \"url_wo_version\" has not changed. "+
				"An update of the webhook leaves its address as it is.\n\nTo send the new address, increase \"url_wo_version\".")
	}
}
