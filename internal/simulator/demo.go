package simulator

// Demo returns a small account that looks like a real one: two locations, the
// user demo@example.com with the password demo, and eight webhooks with the
// Ids 101 to 108, two of which Nexudus has switched off.
func Demo() *Server {
	s := &Server{}
	s.AddUser(User{Username: "demo@example.com", Password: "demo"})
	for _, w := range []Webhook{
		{ID: 101, BusinessID: 5001, Name: "Door access", Action: 6, Active: true, URL: "https://doors.example.com/nexudus?key=4f1c",
			LastTrigger: new("2026-11-20T16:41:07Z"), Description: new("Opens the door for the time of a booking.")},
		{ID: 102, BusinessID: 5001, Name: "Accounting", Action: 21, Active: true, URL: "https://ledger.example.com/in/nexudus",
			LastTrigger: new("2026-11-20T09:00:31Z")},
		// Seen in public client code: dead for years, with an ErrorCount of 11.
		{ID: 103, BusinessID: 5001, Name: "CRM sync", Action: 3, URL: "https://crm.example.net/hooks/nexudus", ErrorCount: 11,
			LastError: new("The remote server returned an error: (410) Gone."), LastTrigger: new("2023-02-14T09:12:44Z")},
		{ID: 104, BusinessID: 5001, Name: "Empfang München", Action: 41, Active: true, URL: "https://reception.example.com/visitors",
			LastTrigger: new("2026-11-19T13:22:10Z")},
		{ID: 105, BusinessID: 5002, Name: "Access badges", Action: 61, Active: true, ErrorCount: 3, URL: "https://badges.example.com/update",
			LastError: new("The operation has timed out."), LastTrigger: new("2026-11-20T17:58:02Z")},
		{ID: 106, BusinessID: 5002, Name: "Newsletter", Action: 32, URL: "https://news.example.net/subscribe",
			LastTrigger: new("2026-08-30T10:15:00Z"),
			Description: new("Paused while we change providers.")},
		{ID: 107, BusinessID: 5002, Name: "Invoice archive", Action: 16, URL: "https://archive.example.com/invoices", ErrorCount: 10,
			LastError: new("The remote name could not be resolved: 'archive.example.com'"), LastTrigger: new("2025-06-03T22:40:19Z")},
		{ID: 108, BusinessID: 5002, Name: "Floor plan", Action: 80, Active: true, URL: "https://plans.example.com/changed"},
	} {
		s.AddWebhook(w)
	}
	return s
}
