terraform {
  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

resource "nexudus_webhook" "new_booking" {
  business_id = 5001
  name        = "New booking"
  url         = "https://hooks.example.com/nexudus/bookings"
  action_name = "BookingCreate"
}
