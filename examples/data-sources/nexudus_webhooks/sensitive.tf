terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_webhooks" "bookings" {
  action_name  = "BookingCreate"
  include_urls = true
}

output "booking_urls" {
  description = "Addresses of the webhooks for new bookings, by ID."
  value       = { for webhook in data.nexudus_webhooks.bookings.webhooks : webhook.id => sensitive(webhook.url) }
  sensitive   = true
}
