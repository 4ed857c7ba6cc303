locals {
  # Ids of the locations.
  locations = {
    werksviertel  = 5001
    speicherstadt = 5002
  }
}

resource "nexudus_webhook" "visitor" {
  for_each = local.locations

  business_id = each.value
  name        = "Visitor checked in"
  url         = "https://reception.example.com/${each.key}"
  action_name = "VisitorCheckedin"
}
