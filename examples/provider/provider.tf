terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# Credentials come from the environment: NEXUDUS_ACCESS_TOKEN, or
# NEXUDUS_USERNAME and NEXUDUS_PASSWORD.
provider "nexudus" {}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

# Nexudus calls this address when a booking is made at the location.
resource "nexudus_webhook" "new_booking" {
  business_id = data.nexudus_business.werksviertel.id
  name        = "New booking"
  url         = "https://hooks.example.com/nexudus/bookings"
  action_name = "BookingCreate"
}

# Webhooks that Nexudus has switched off after ten failed deliveries.
data "nexudus_webhooks" "dead" {
  active          = false
  min_error_count = 10
}

output "dead" {
  description = "Names of the webhooks that Nexudus has switched off."
  value       = data.nexudus_webhooks.dead.webhooks[*].name
}
