terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

# The web address tells locations with the same name apart.
data "nexudus_business" "meeting_loft" {
  web_address = "meeting-loft-hamburg"
}

data "nexudus_webhooks" "werksviertel" {
  business_id = data.nexudus_business.werksviertel.id
}

output "webhooks" {
  description = "Names of the webhooks of the location."
  value       = data.nexudus_webhooks.werksviertel.webhooks[*].name
}

output "meeting_loft" {
  description = "Town of the location."
  value       = data.nexudus_business.meeting_loft.town_city
}
