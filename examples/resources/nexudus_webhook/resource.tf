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

resource "nexudus_webhook" "new_booking" {
  business_id = data.nexudus_business.werksviertel.id
  name        = "New booking"
  url         = "https://hooks.example.com/nexudus/bookings"
  action_name = "BookingCreate"
}
