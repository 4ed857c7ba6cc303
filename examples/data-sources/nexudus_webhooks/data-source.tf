terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# Webhooks that Nexudus has switched off after ten failed deliveries.
data "nexudus_webhooks" "dead" {
  active          = false
  min_error_count = 10
}

data "nexudus_business" "werksviertel" {
  name = "Werksviertel"
}

# All webhooks of one location that fire when a booking is made.
data "nexudus_webhooks" "bookings" {
  business_id = data.nexudus_business.werksviertel.id
  action_name = "BookingCreate"
}

output "dead" {
  description = "Last errors of the webhooks that Nexudus has switched off, by ID."
  value       = { for webhook in data.nexudus_webhooks.dead.webhooks : webhook.id => webhook.name }
}

output "bookings" {
  description = "Names of the webhooks for new bookings."
  value       = data.nexudus_webhooks.bookings.webhooks[*].name
}
