package simulator

// DemoUsername and DemoPassword are the credentials of the demo's user.
const (
	DemoUsername = "demo@example.com"
	DemoPassword = "demo"
)

// Demo returns a small account that looks like a real one: a user, a network of
// locations, and eight webhooks with the Ids 101 to 108, two of which Nexudus has
// switched off.
func Demo() *Server {
	s := &Server{}
	s.AddUser(User{Username: DemoUsername, Password: DemoPassword, FullName: "Demo Person"})
	addDemoBusinesses(s)
	addDemoWebhooks(s)
	return s
}

// addDemoBusinesses adds a network of four levels, with two locations that have the same
// name, a suspended one, and an old one without a name.
func addDemoBusinesses(s *Server) {
	for _, b := range []Business{
		{ID: 5000, Name: "Example Spaces", WebAddress: new("example-spaces")},
		{ID: 5100, Name: "Example Spaces Germany", WebAddress: new("example-spaces-germany"), RootLocationID: new(int64(5000))},
		{
			ID: 5001, Name: "Werksviertel", WebAddress: new("werksviertel"), RootLocationID: new(int64(5100)),
			Address: new("Atelierstraße 1"), TownCity: new("München"), State: new("Bayern"), PostalCode: new("81671"),
			Phone: new("+49 89 5550101"), EmailContact: new("hello@werksviertel.example.com"), WebContact: new("https://werksviertel.example.com"),
			Latitude: new(48.1242), Longitude: new(11.6058), Tags: new("flagship,events"), SystemID: new("MUC-1"),
		},
		{
			ID: 5002, Name: "Speicherstadt", WebAddress: new("speicherstadt"), RootLocationID: new(int64(5100)),
			Address: new("Am Sandtorkai 30"), TownCity: new("Hamburg"), PostalCode: new("20457"),
			Latitude: new(53.5438), Longitude: new(9.9962),
		},
		{ID: 5003, Name: "Meeting Loft", WebAddress: new("meeting-loft-muenchen"), RootLocationID: new(int64(5001)), TownCity: new("München")},
		{ID: 5004, Name: "Meeting Loft", WebAddress: new("meeting-loft-hamburg"), RootLocationID: new(int64(5002)), TownCity: new("Hamburg")},
		{ID: 5005, Name: "Ehrenfeld", WebAddress: new("ehrenfeld"), RootLocationID: new(int64(5100)), TownCity: new("Köln"), Suspended: true},
		{ID: 5006, ToStringText: "Old workshop", RootLocationID: new(int64(5100))},
	} {
		b.CurrencyCode, b.CountryName = new("EUR"), new("Germany")
		b.SpaceWebsiteLanguageCulture, b.SimpleTimeZoneID = new("de-DE"), new(int64(2004))
		b.Last4Digits, b.WelcomeEmail = new("4242"), new("<p>Your door code is 9731.</p>")
		s.AddBusiness(b)
	}
}

func addDemoWebhooks(s *Server) {
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
}
