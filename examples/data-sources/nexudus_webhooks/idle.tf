terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source  = "nexudus-community/nexudus"
      version = "~> 0.1"
    }
  }
}

data "nexudus_webhooks" "active" {
  active = true
}

# A webhook that has never fired has no last_trigger, so a date in the past is used.
output "idle" {
  description = "Names of the active webhooks that have not fired for 30 days, by ID."
  value = {
    for webhook in data.nexudus_webhooks.active.webhooks : webhook.id => webhook.name
    if timecmp(coalesce(webhook.last_trigger, "1970-01-01T00:00:00Z"), timeadd(plantimestamp(), "-720h")) < 0
  }
}
