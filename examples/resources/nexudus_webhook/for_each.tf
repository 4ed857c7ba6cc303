terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "germany" {
  name = "Example Spaces Germany"
}

# The open locations directly below it in the network.
data "nexudus_businesses" "germany" {
  root_location_id = data.nexudus_business.germany.id
  suspended        = false
}

resource "nexudus_webhook" "visitor" {
  # The keys are IDs, because a name can change or occur twice.
  for_each = { for business in data.nexudus_businesses.germany.businesses : business.id => business }

  business_id = each.value.id
  name        = "Visitor checked in"
  url         = "https://reception.example.com/${each.key}"
  action_name = "VisitorCheckedin"
}
