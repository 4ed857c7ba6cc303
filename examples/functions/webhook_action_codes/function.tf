terraform {
  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# All events about bookings, by name.
output "bookings" {
  value = {
    for name, code in provider::nexudus::webhook_action_codes() : name => code
    if startswith(name, "Booking")
  } # { BookingCreate = 6, BookingDelete = 8, BookingUpdate = 7 }
}
