# Warns about webhooks that Nexudus has switched off. It does so by itself after
# ten failed deliveries in a row, and tells nobody.

terraform {
  required_version = ">= 1.5"

  required_providers {
    nexudus = {
      source = "nexudus-community/nexudus"
    }
  }
}

variable "webhook_ids" {
  description = "Ids of the webhooks to watch."
  type        = set(number)
  default     = [101, 102, 103]
}

data "nexudus_webhook" "watched" {
  for_each = toset([for id in var.webhook_ids : tostring(id)])
  id       = each.value
}

locals {
  # A person may have paused a webhook: then few deliveries have failed.
  dead = [
    for webhook in data.nexudus_webhook.watched : webhook
    if !webhook.active && webhook.error_count >= 10
  ]
}

check "webhooks_are_delivered" {
  assert {
    condition = length(local.dead) == 0
    error_message = join("\n", concat(["Nexudus has switched off:"], [
      for webhook in local.dead : format("- %s (%s), last fired %s: %s",
        webhook.name,
        coalesce(webhook.action_name, webhook.action),
        coalesce(webhook.last_trigger, "never"),
        coalesce(webhook.last_error, "no error text"),
      )
    ]))
  }
}

output "webhooks" {
  value = {
    # Two webhooks may have the same name.
    for id, webhook in data.nexudus_webhook.watched : id => format("%s: %s, %s",
      webhook.name,
      coalesce(webhook.action_name, webhook.action),
      webhook.active ? "active" : "off, ${webhook.error_count} failed deliveries",
    )
  }
}
