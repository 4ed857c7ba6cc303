terraform {
  required_providers {
    nexudus = {
      source = "nexudus-community/nexudus"
    }
  }
}

# The code of an event that is known by its name.
output "booking" {
  value = provider::nexudus::webhook_action_code("BookingCreate") # 6
}
