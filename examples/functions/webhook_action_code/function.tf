terraform {
  required_version = ">= 1.8"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# The code of an event with a known name.
output "booking" {
  description = "Code of the event."
  value       = provider::nexudus::webhook_action_code("BookingCreate") # 6
}
