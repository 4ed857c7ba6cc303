terraform {
  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

# The name of an event that is known by its code.
output "booking" {
  value = provider::nexudus::webhook_action_name(6) # "BookingCreate"
}
