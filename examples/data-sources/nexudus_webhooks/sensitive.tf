data "nexudus_webhooks" "bookings" {
  action_name = "BookingCreate"
}

output "booking_urls" {
  value     = { for webhook in data.nexudus_webhooks.bookings.webhooks : webhook.id => sensitive(webhook.url) }
  sensitive = true
}
