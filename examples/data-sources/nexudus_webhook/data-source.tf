terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_webhook" "door_access" {
  id = "101"
}

output "door_access" {
  description = "Event and state of the webhook."
  value = {
    event     = data.nexudus_webhook.door_access.action_name
    active    = data.nexudus_webhook.door_access.active
    last_used = data.nexudus_webhook.door_access.last_trigger
  }
}
