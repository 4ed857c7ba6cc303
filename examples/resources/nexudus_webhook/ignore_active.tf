resource "nexudus_webhook" "crm" {
  business_id = 5001
  name        = "CRM contacts"
  url         = "https://crm.example.net/hooks/contacts"
  action_name = "CoworkerCreate"

  lifecycle {
    ignore_changes = [active]
  }
}
