terraform {
  required_version = ">= 1.8"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# The name of an event with a known code.
output "booking" {
  description = "Name of the event."
  value       = provider::nexudus::webhook_action_name(6) # "BookingCreate"
}
