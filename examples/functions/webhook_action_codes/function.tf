terraform {
  required_version = ">= 1.8"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# All events about bookings, by name.
output "bookings" {
  description = "Codes of the events about bookings, by name."
  value = {
    for name, code in provider::nexudus::webhook_action_codes() : name => code
    if startswith(name, "Booking")
  } # { BookingCreate = 6, BookingDelete = 8, BookingUpdate = 7 }
}
